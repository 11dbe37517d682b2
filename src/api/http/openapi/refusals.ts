/** What a refusal depends on: which operation can meet it. */
export interface Route {
  readonly changes: boolean;
  readonly hasParameters: boolean;
  readonly hasPreconditions: boolean;
  readonly tags: readonly string[];
  readonly path: string;
}

export interface Refusal {
  readonly status: number;
  readonly codes: Readonly<Record<string, string>>;
  readonly of?: (route: Route) => boolean;
}

const changes = (route: Route) => route.changes;
const bids = ({ changes: changing, tags }: Route) => changing && tags.includes('bids');

/** Codes that several operations have; what a single one refuses with 409 or 422 its detail explains. */
export const REFUSALS: readonly Refusal[] = [
  {
    status: 400,
    codes: {
      invalid_request: 'a field is missing, wrong, unknown or out of range; `faults` names each',
      invalid_url: 'a part of the path is no text',
    },
  },
  {
    status: 400,
    codes: {
      idempotency_key_required: 'the header is missing or malformed',
      invalid_json: 'the body is not JSON in UTF-8',
    },
    of: changes,
  },
  { status: 401, codes: { unauthorized: 'there is no token, or it is not accepted' } },
  { status: 403, codes: { forbidden: 'the token has none of the roles, or it is not yours' } },
  {
    status: 403,
    codes: {
      seller_may_not_bid: 'of the piece, or an associate of the seller',
      bidder_blocked: 'by the house',
      approval_required: 'by the house, for this sale',
      deposit_required: 'by the house, for this sale',
    },
    of: bids,
  },
  {
    status: 404,
    codes: { not_found: 'there is none, or it is not yours to see' },
    of: ({ hasParameters, path }) => hasParameters || path === '/v1/live',
  },
  {
    status: 409,
    codes: { state_conflict: 'not in the `state` that it is in' },
    of: ({ changes: changing, path }) => changing || path.endsWith('/content'),
  },
  {
    status: 409,
    codes: {
      auction_not_open: 'bids are not taken now',
      auction_ended: 'bids are no longer taken',
      buy_now_gone: 'somebody has bid, or the reserve is met',
    },
    of: bids,
  },
  {
    status: 410,
    codes: { report_gone: 'the stored report has been deleted: run it again' },
    of: ({ path }) => path.endsWith('/content'),
  },
  {
    status: 412,
    codes: { changed_meanwhile: 'somebody else has changed it: read it again' },
    of: ({ hasPreconditions }) => hasPreconditions,
  },
  { status: 413, codes: { body_too_large: 'more than 256 KiB' }, of: changes },
  {
    status: 414,
    codes: { invalid_url: 'a part of the path is too long' },
    of: (r) => r.hasParameters,
  },
  { status: 415, codes: { unsupported_media_type: 'send application/json' }, of: changes },
  {
    status: 422,
    codes: {
      idempotency_key_reused: 'it was used for another request',
    },
    of: changes,
  },
  {
    status: 422,
    codes: {
      bid_below_start: 'below `minimumBid`',
      bid_too_low: 'below `minimumBid`',
      not_above_own_maximum: 'you lead, and bid no more than you had',
      spending_limit_exceeded: 'above `maximumBid`',
    },
    of: bids,
  },
  {
    status: 422,
    codes: { too_many_lots: 'more than a stream shows' },
    of: ({ path }) => path.endsWith('/live'),
  },
  {
    status: 428,
    codes: { if_match_required: 'send the ETag that you have read' },
    of: ({ hasPreconditions }) => hasPreconditions,
  },
  {
    status: 429,
    codes: { too_many_streams_of_subject: 'close some, or watch several auctions in one' },
    of: ({ path }) => path.endsWith('/live'),
  },
  {
    status: 429,
    codes: { too_many_bids: 'the lane is full: try again in a second' },
    of: bids,
  },
  {
    status: 429,
    codes: { too_many_transfers: 'the lane is full: try again in a second' },
    of: ({ path }) => path.endsWith('/transfers'),
  },
  { status: 500, codes: { internal_error: 'a fault of ours; give support the correlationId' } },
  {
    status: 503,
    codes: {
      database_unavailable: 'try again with the same key',
      issuer_unavailable: 'whose tokens are accepted: try again',
    },
  },
  {
    status: 503,
    codes: { storage_unavailable: 'Blob storage cannot be reached: try again' },
    of: ({ path }) => path.endsWith('/content'),
  },
  {
    status: 503,
    codes: {
      too_many_streams: 'this process has no room for more: try again',
      stopping: 'this process ends: try again',
    },
    of: ({ path }) => path.endsWith('/live'),
  },
];
