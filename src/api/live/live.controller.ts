import { applyDecorators, Controller, Get, Param, Query, Req, Res } from '@nestjs/common';
import { ApiHeader, ApiOkResponse, ApiOperation, ApiProduces, ApiTags } from '@nestjs/swagger';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { Allow, CurrentAccess, type Access } from '../http/access.ts';
import { Id } from '../http/schemas.ts';
import { LiveStreams } from './live-streams.ts';
import { LiveQuery, LiveState } from './live.schemas.ts';
import { MOST_LOTS_PER_STREAM } from './watched-list.ts';

const Live = (summary: string, more = '') =>
  applyDecorators(
    Allow('operator', 'finance', 'seller', 'bidder'),
    ApiOperation({
      summary,
      description:
        'Server-sent events named `auction`, each with the newest state of one auction as its data. ' +
        'A client that comes back with Last-Event-ID gets what it has missed, entry by entry, or ' +
        'the newest state when that is much. A comment comes in every 15 seconds of silence; the ' +
        `stream ends after half an hour, and clients come back. ${more}`.trimEnd(),
    }),
    ApiHeader({ name: 'Last-Event-ID', required: false, description: 'the id of the last event' }),
    ApiProduces('text/event-stream'),
    ApiOkResponse({ standardSchema: LiveState, description: 'the data of an event' }),
  );

@ApiTags('live')
@Controller('v1')
export class LiveController {
  constructor(private readonly streams: LiveStreams) {}

  @Get('auctions/:id/live')
  @Live('What happens in an auction, as it happens')
  one(
    @Req() request: FastifyRequest,
    @Res() reply: FastifyReply,
    @CurrentAccess() access: Access,
    @Param('id', { schema: Id }) id: string,
  ): Promise<void> {
    return this.streams.ofAuctions(request, reply, access, [id]);
  }

  @Get('sales/:id/live')
  @Live(
    `The same for all lots of a sale, at most ${MOST_LOTS_PER_STREAM}`,
    'Lots that are added appear within a second. Of several events that come at once, only the last ' +
      'has an id.',
  )
  sale(
    @Req() request: FastifyRequest,
    @Res() reply: FastifyReply,
    @CurrentAccess() access: Access,
    @Param('id', { schema: Id }) id: string,
  ): Promise<void> {
    return this.streams.ofSale(request, reply, access, id);
  }

  @Get('live')
  @Live('The same for several auctions in one stream')
  several(
    @Req() request: FastifyRequest,
    @Res() reply: FastifyReply,
    @CurrentAccess() access: Access,
    @Query({ schema: LiveQuery }) { auction }: LiveQuery,
  ): Promise<void> {
    return this.streams.ofAuctions(request, reply, access, auction);
  }
}
