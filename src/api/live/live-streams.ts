import { Inject, Injectable, type OnModuleDestroy, type OnModuleInit } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { MOST_STREAMS_PER_SUBJECT } from '../dependencies.ts';
import type { Access } from '../http/access.ts';
import { Problem } from '../http/problem.ts';
import { LiveHub, type Beginning } from './live-hub.ts';
import { LiveStream } from './live-stream.ts';
import { StreamsOfSubjects } from './streams-of-subjects.ts';
import type { WatchedList } from './watched-list.ts';

/** A stream takes about 10 kB; several processes share a larger crowd. */
const MOST_STREAMS = 5_000;
const RETRY_AFTER_SECONDS = '5';
const LOOK_AFTER_STREAMS_EVERY_MS = 1_000;
/** When the process stops, a reader that does not take the end of its stream is cut off. */
const FAREWELL_MS = 500;

/** The open streams of this process. */
@Injectable()
export class LiveStreams implements OnModuleInit, OnModuleDestroy {
  /** Tests lower it. */
  mostStreams = MOST_STREAMS;
  private readonly streams = new Map<LiveStream, FastifyReply['raw']>();
  private beginning = 0;
  private stopping = false;
  private lookAfter: NodeJS.Timeout | undefined;

  private readonly ofSubjects: StreamsOfSubjects;

  constructor(
    private readonly hub: LiveHub,
    @Inject(MOST_STREAMS_PER_SUBJECT) mostPerSubject: number,
  ) {
    this.ofSubjects = new StreamsOfSubjects(mostPerSubject);
  }

  onModuleInit(): void {
    const lookAfter = () => {
      for (const [stream, response] of this.streams) if (!stream.keepAlive()) end(response);
    };
    this.lookAfter = setInterval(lookAfter, LOOK_AFTER_STREAMS_EVERY_MS);
  }

  onModuleDestroy(): void {
    this.stopping = true;
    clearInterval(this.lookAfter);
    for (const response of this.streams.values()) end(response);
  }

  /** How many there are. */
  get size(): number {
    return this.streams.size;
  }

  /**
   * Answers with a stream of these auctions that goes on until the client leaves. Throws a Problem when
   * one of them does not exist, or there are too many streams.
   */
  ofAuctions(
    request: FastifyRequest,
    reply: FastifyReply,
    access: Access,
    ids: readonly string[],
  ): Promise<void> {
    return this.open(request, reply, access, () => this.hub.watch([...new Set(ids)]));
  }

  /** The same of all lots of a sale, those included that come while it goes on. */
  ofSale(
    request: FastifyRequest,
    reply: FastifyReply,
    access: Access,
    saleId: string,
  ): Promise<void> {
    return this.open(request, reply, access, () => this.hub.watchSale(saleId));
  }

  private async open(
    request: FastifyRequest,
    reply: FastifyReply,
    access: Access,
    watch: () => WatchedList,
  ): Promise<void> {
    if (this.stopping || this.streams.size + this.beginning >= this.mostStreams) {
      throw tooManyStreams();
    }
    this.ofSubjects.mustHaveRoom(access.id);
    const list = watch();
    this.ofSubjects.count(access.id, 1);
    this.beginning += 1;
    try {
      const beginning = await this.hub.join(list, request.headers['last-event-id']);
      if (list.problem) throw list.problem;
      if (this.stopping) throw tooManyStreams();
      // A HEAD request wants to know whether there is a stream, and leaves.
      if (request.method === 'HEAD') await reply.type('text/event-stream').send('');
      else this.begin(reply, access, list, beginning);
    } finally {
      this.hub.leave(list);
      this.beginning -= 1;
      this.ofSubjects.count(access.id, -1);
    }
  }

  private begin(
    reply: FastifyReply,
    access: Access,
    list: WatchedList,
    { since, missed }: Beginning,
  ): void {
    const response = reply.raw;
    const stream = new LiveStream(response, access.id, list, access.expiresAtMs);
    this.streams.set(stream, response);
    this.ofSubjects.count(access.id, 1);
    this.hub.enter(list, stream);
    const leave = () => {
      if (!this.streams.delete(stream)) return;
      this.ofSubjects.count(access.id, -1);
      this.hub.leave(list, stream);
    };
    response.on('close', leave).on('error', leave);

    reply.hijack();
    writeHead(reply);
    stream.begin(since, missed);
    // It may have left while the round was under way, and then nobody says so again. Without a socket
    // it waits behind another answer on its connection, which no stream should.
    if (response.destroyed || response.socket?.destroyed !== false) {
      leave();
      end(response);
    }
  }
}

/** No transfer coding, as the end of the connection is the end of the stream: an event is one write. */
function writeHead(reply: FastifyReply): void {
  const { raw: response } = reply;
  for (const [name, value] of Object.entries(reply.getHeaders())) {
    if (value !== undefined) response.setHeader(name, value);
  }
  response.setHeader('content-type', 'text/event-stream');
  response.setHeader('cache-control', 'no-store, no-transform');
  response.setHeader('x-accel-buffering', 'no'); // nginx would keep events back.
  response.setHeader('connection', 'close');
  response.removeHeader('transfer-encoding');
  response.writeHead(200);
}

function end(response: FastifyReply['raw']): void {
  response.end();
  setTimeout(() => response.destroy(), FAREWELL_MS).unref();
}

const tooManyStreams = () =>
  new Problem(
    503,
    'too_many_streams',
    'This process has no room for another stream now: try again, or read the auction.',
    {},
    { 'retry-after': RETRY_AFTER_SECONDS },
  );
