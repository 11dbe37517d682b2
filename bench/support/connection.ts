import { once } from 'node:events';
import { connect, type Socket } from 'node:net';

/** With the status of the answer, or with why there is none. */
export type Answered = (fault: Error | null, status: number) => void;

/**
 * As little HTTP/1.1 as a load generator needs, since it shares the machine with what it measures:
 * one keep-alive connection, one request at a time, answers with a Content-Length.
 */
export class Connection {
  private received = '';
  private answered: Answered | undefined;
  private readonly socket: Socket;

  private constructor(
    port: number,
    private readonly constantHeaders: string,
  ) {
    // Read into one buffer: a stream would make a new one, and an event, for each answer.
    const buffer = Buffer.allocUnsafe(LARGEST_READ_BYTES);
    const callback = (bytes: number) => {
      this.receive(buffer.toString('latin1', 0, bytes));
      return true;
    };
    const onread = { buffer, callback };
    this.socket = connect({ port, host: '127.0.0.1', noDelay: true, onread });
    this.socket.on('error', (error) => this.answer(error, 0));
    const closed = new Error('The API has closed the connection.');
    this.socket.on('close', () => this.answer(closed, 0));
  }

  static async open(port: number, token: string): Promise<Connection> {
    const headers =
      `Host: 127.0.0.1:${port}\r\nAuthorization: Bearer ${token}\r\n` +
      'Content-Type: application/json\r\n';
    const connection = new Connection(port, headers);
    await once(connection.socket, 'connect');
    return connection;
  }

  /** The body is ASCII. A callback, as a promise for each request costs the load a tenth. */
  post(path: string, idempotencyKey: string, body: string, answered: Answered): void {
    this.answered = answered;
    this.socket.write(
      `POST ${path} HTTP/1.1\r\n${this.constantHeaders}Idempotency-Key: ${idempotencyKey}\r\n` +
        `Content-Length: ${body.length}\r\n\r\n${body}`,
      'latin1',
    );
  }

  close(): void {
    this.answered = undefined;
    this.socket.destroy();
  }

  private receive(text: string): void {
    this.received = this.received === '' ? text : this.received + text;
    const headersEnd = this.received.indexOf('\r\n\r\n');
    if (headersEnd < 0) return;
    if (this.received.length < headersEnd + 4 + bodyLength(this.received)) return;
    const status = Number(this.received.slice(9, 12)); // After "HTTP/1.1 ".
    this.received = '';
    this.answer(null, status);
  }

  /** Once: nobody minds when a connection closes that is not asked. */
  private answer(fault: Error | null, status: number): void {
    const { answered } = this;
    this.answered = undefined;
    answered?.(fault, status);
  }
}

const LARGEST_READ_BYTES = 16 * 1024;
const LENGTH = 'content-length: ';

function bodyLength(answer: string): number {
  const start = answer.indexOf(LENGTH);
  if (start < 0) throw new Error(`An answer without a Content-Length: ${answer.slice(0, 200)}`);
  return Number.parseInt(answer.slice(start + LENGTH.length, start + LENGTH.length + 12), 10);
}
