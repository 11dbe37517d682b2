/**
 * SQL: whether an auction is for everybody. A draft is its seller's and the house's, and so is one that
 * was cancelled before it was published.
 */
export const isPublished = (state: string, id: string): string =>
  `(${state} <> 'draft' AND (${state} <> 'cancelled' OR EXISTS (
     SELECT FROM transition WHERE subject_id = CAST(${id} AS text) AND event = 'publish')))`;
