import { inDays } from '../../support/moments.ts';
import type { Viewer } from './fixture.ts';

/** What somebody sees is a list of fields; or the status of the refusal. */
export type Sees = Readonly<Record<Viewer, string>>;

/** For operators and finance alone. */
const house = (fields: string): Sees => ({
  operator: fields,
  finance: fields,
  seller: '403',
  bidder: '403',
  stranger: '403',
});

/** A policy's document as bidders, sellers and the house read it. */
const POLICY_FOR_BIDDERS = `
  createdAt document.belowReserve document.buyersPremium document.increments document.ownRaise
  document.paymentWindow document.premiumTax document.retraction.freelyUntil
  document.retraction.lastBidWithin document.retraction.scaledBelow
  document.secondChanceWindow document.softClose.extendBy
  document.softClose.maximumExtensions document.softClose.mode document.softClose.window name
  version`;
const POLICY_FOR_SELLERS = `
  createdAt document.belowReserve document.buyersPremium document.increments
  document.inspection document.longestHold document.netReceivables document.ownRaise
  document.paymentWindow document.paypalFeeBorneBy document.premiumTax document.reminders
  document.retraction.freelyUntil document.retraction.lastBidWithin
  document.retraction.scaledBelow document.secondChanceDepth
  document.secondChanceWindow document.sellersCommission document.sellersCommissionMinimumMinor
  document.softClose.extendBy document.softClose.maximumExtensions document.softClose.mode
  document.softClose.window document.whenSellerCannotRefund document.withoutDelayedDisbursement
  name version`;
const POLICY = `
  createdAt createdBy document.alarmBeforeLastSafe document.authoriseAboveMinor
  document.belowReserve document.buyersPremium document.houseMinimumMinor document.increments
  document.inspection document.lastSafeMoment document.longestHold document.netReceivables
  document.ownRaise document.paymentWindow document.paypalFeeBorneBy document.premiumTax
  document.reminders document.retraction.freelyUntil document.retraction.lastBidWithin
  document.retraction.scaledBelow document.secondChanceDepth document.secondChanceWindow document.sellersCommission
  document.sellersCommissionMinimumMinor document.softClose.extendBy
  document.softClose.maximumExtensions document.softClose.mode document.softClose.window
  document.usableBy document.whenSellerCannotRefund document.withoutDelayedDisbursement name
  version`;

/** A new column, or a new role, is added here, so that somebody has decided who sees it. */
export const READS: Readonly<Record<string, Sees>> = {
  '/v1/auctions': {
    operator: `
      bids buyNowMinor closedAt closesAt currency description id leaderId leading lotId
      minimumBid next opensAt policy.name policy.version priceMinor reserveMet reserveMinor
      saleId sellerId startPriceMinor state title unsoldReason`,
    finance: `
      bids buyNowMinor closedAt closesAt currency description id leading lotId minimumBid next
      opensAt policy.name policy.version priceMinor reserveMet saleId sellerId startPriceMinor
      state title unsoldReason`,
    seller: `
      bids buyNowMinor closedAt closesAt currency description id leading lotId minimumBid next
      opensAt policy.name policy.version priceMinor reserveMet reserveMinor saleId sellerId
      startPriceMinor state title unsoldReason`,
    bidder: `
      bids buyNowMinor closedAt closesAt currency description id leading lotId minimumBid next
      opensAt policy.name policy.version priceMinor reserveMet saleId sellerId startPriceMinor
      state title`,
    stranger: `
      bids buyNowMinor closedAt closesAt currency description id leading lotId minimumBid next
      opensAt policy.name policy.version priceMinor reserveMet saleId sellerId startPriceMinor
      state title`,
  },
  '/v1/auctions/<auction>': {
    operator: `
      bids buyNowMinor closedAt closesAt currency description id leaderId leading lotId
      minimumBid opensAt policy.name policy.version priceMinor reserveMet reserveMinor saleId
      sellerId startPriceMinor state title unsoldReason`,
    finance: `
      bids buyNowMinor closedAt closesAt currency description id leading lotId minimumBid
      opensAt policy.name policy.version priceMinor reserveMet saleId sellerId startPriceMinor
      state title unsoldReason`,
    seller: `
      bids buyNowMinor closedAt closesAt currency description id leading lotId minimumBid
      opensAt policy.name policy.version priceMinor reserveMet reserveMinor saleId sellerId
      startPriceMinor state title unsoldReason`,
    bidder: `
      bids buyNowMinor closedAt closesAt currency description id leading lotId minimumBid
      opensAt policy.name policy.version priceMinor reserveMet saleId sellerId startPriceMinor
      state title`,
    stranger: `
      bids buyNowMinor closedAt closesAt currency description id leading lotId minimumBid
      opensAt policy.name policy.version priceMinor reserveMet saleId sellerId startPriceMinor
      state title`,
  },
  '/v1/auctions/<auction>/bids': {
    operator: 'bidder kind maximumMinor placedAt priceMinor sequence',
    finance: 'bidder kind placedAt priceMinor sequence',
    seller: 'bidder kind placedAt priceMinor sequence',
    bidder: 'bidder kind maximumMinor placedAt priceMinor sequence',
    stranger: 'bidder kind maximumMinor placedAt priceMinor sequence',
  },
  '/v1/bidders/bidder': {
    operator: `
      blockedReason committedMinor id region retractions.lastThirtyDays retractions.total
      spendingLimit.amountMinor spendingLimit.currency`,
    finance: 'id region',
    seller: '403',
    bidder: '403',
    stranger: '403',
  },
  '/v1/sales/<sale>': {
    operator: 'approvalRequired depositMinor firstClosesAt id staggerSeconds title usableBy',
    finance: 'approvalRequired depositMinor firstClosesAt id staggerSeconds title',
    seller: 'approvalRequired depositMinor firstClosesAt id staggerSeconds title',
    bidder: 'approvalRequired depositMinor firstClosesAt id staggerSeconds title',
    stranger: 'approvalRequired depositMinor firstClosesAt id staggerSeconds title',
  },
  '/v1/sales/<sale>/bidders/bidder': house('approved bidderId depositMinor saleId'),
  '/v1/offers': {
    operator: `
      answerUntil auctionId bidderId createdAt currency id kind next passedOver priceMinor rank
      state`,
    finance: `
      answerUntil auctionId bidderId createdAt currency id kind next priceMinor rank state`,
    seller: '403',
    bidder: `
      answerUntil auctionId bidderId createdAt currency id kind next priceMinor rank state`,
    stranger: 'next',
  },
  '/v1/offers/<offer>': {
    operator: `
      answerUntil auctionId bidderId createdAt currency id kind priceMinor rank state`,
    finance: `
      answerUntil auctionId bidderId createdAt currency id kind priceMinor rank state`,
    seller: '403',
    bidder: `
      answerUntil auctionId bidderId createdAt currency id kind priceMinor rank state`,
    stranger: '404',
  },
  '/v1/payments': {
    operator: `
      amountMinor approveUrl auctionId bidderId buyersPremiumMinor captureId capturedAt
      createdAt currency hammerPriceMinor heldBy id next offerId payUntil payoutMinor
      paypalFeeMinor paypalOrderId pendingReason premiumTaxMinor premiumTaxRegion refundedMinor
      refusalReason sellerCreditMinor sellerId sellersCommissionMinor state`,
    finance: `
      amountMinor approveUrl auctionId bidderId buyersPremiumMinor captureId capturedAt
      createdAt currency hammerPriceMinor heldBy id next offerId payUntil payoutMinor
      paypalFeeMinor paypalOrderId pendingReason premiumTaxMinor premiumTaxRegion refundedMinor
      refusalReason sellerCreditMinor sellerId sellersCommissionMinor state`,
    seller: `
      amountMinor auctionId bidderId captureId capturedAt createdAt currency hammerPriceMinor
      heldBy id next payUntil payoutMinor paypalFeeMinor refundedMinor sellerCreditMinor
      sellerId sellersCommissionMinor state`,
    bidder: `
      amountMinor approveUrl auctionId bidderId buyersPremiumMinor capturedAt createdAt
      currency hammerPriceMinor id next offerId payUntil paypalOrderId pendingReason
      premiumTaxMinor premiumTaxRegion refundedMinor refusalReason sellerId state`,
    stranger: 'next',
  },
  '/v1/payments/<payment>': {
    operator: `
      amountMinor approveUrl auctionId bidderId buyersPremiumMinor captureId capturedAt
      createdAt currency hammerPriceMinor heldBy id offerId payUntil payoutMinor paypalFeeMinor
      paypalOrderId pendingReason premiumTaxMinor premiumTaxRegion refundedMinor refusalReason
      sellerCreditMinor sellerId sellersCommissionMinor state`,
    finance: `
      amountMinor approveUrl auctionId bidderId buyersPremiumMinor captureId capturedAt
      createdAt currency hammerPriceMinor heldBy id offerId payUntil payoutMinor paypalFeeMinor
      paypalOrderId pendingReason premiumTaxMinor premiumTaxRegion refundedMinor refusalReason
      sellerCreditMinor sellerId sellersCommissionMinor state`,
    seller: `
      amountMinor auctionId bidderId captureId capturedAt createdAt currency hammerPriceMinor
      heldBy id payUntil payoutMinor paypalFeeMinor refundedMinor sellerCreditMinor sellerId
      sellersCommissionMinor state`,
    bidder: `
      amountMinor approveUrl auctionId bidderId buyersPremiumMinor capturedAt createdAt
      currency hammerPriceMinor id offerId payUntil paypalOrderId pendingReason premiumTaxMinor
      premiumTaxRegion refundedMinor refusalReason sellerId state`,
    stranger: '404',
  },
  '/v1/payments/<payment>/refunds': {
    operator: `
      amountMinor completedAt createdAt currency failureReason id paymentId payoutBatchId
      paypalRefundId reason state way`,
    finance: `
      amountMinor completedAt createdAt currency failureReason id paymentId payoutBatchId
      paypalRefundId reason state way`,
    seller: `
      amountMinor completedAt createdAt currency failureReason id paymentId paypalRefundId
      reason state way`,
    bidder: 'amountMinor completedAt createdAt currency id paymentId reason state',
    stranger: '404',
  },
  '/v1/disbursements': {
    operator: `
      alarm alarmAt amountMinor arrivedAt auctionId autoReleaseAt createdAt currency dueAt
      failureReason heldBy holdReason id lastSafeAt nettedMinor next nextTryAt paymentId
      releasedAt sellerId state`,
    finance: `
      alarm alarmAt amountMinor arrivedAt auctionId autoReleaseAt createdAt currency dueAt
      failureReason heldBy holdReason id lastSafeAt nettedMinor next nextTryAt paymentId
      releasedAt sellerId state`,
    seller: `
      amountMinor arrivedAt auctionId autoReleaseAt createdAt currency dueAt heldBy id
      nettedMinor next paymentId releasedAt sellerId state`,
    bidder: '403',
    stranger: '403',
  },
  '/v1/disbursements/<disbursement>': {
    operator: `
      alarm alarmAt amountMinor arrivedAt auctionId autoReleaseAt createdAt currency dueAt
      failureReason heldBy holdReason id lastSafeAt nettedMinor nextTryAt paymentId releasedAt
      sellerId standing.mayLeave standing.outlook standing.until standing.why state`,
    finance: `
      alarm alarmAt amountMinor arrivedAt auctionId autoReleaseAt createdAt currency dueAt
      failureReason heldBy holdReason id lastSafeAt nettedMinor nextTryAt paymentId releasedAt
      sellerId standing.mayLeave standing.outlook standing.until standing.why state`,
    seller: `
      amountMinor arrivedAt auctionId autoReleaseAt createdAt currency dueAt heldBy id
      nettedMinor paymentId releasedAt sellerId state`,
    bidder: '403',
    stranger: '403',
  },
  '/v1/disputes': house(`
    amountMinor appealable createdAt id lostMinor next outcome paymentId paypalDisputeId reason
    respondUntil stage state statusAtPaypal`),
  '/v1/disputes/<dispute>': house(`
    amountMinor appealable createdAt id lostMinor outcome paymentId paypalDisputeId reason respondUntil
    stage state statusAtPaypal`),
  '/v1/erp-documents': house(`
    auctionId body createdAt erpReference failureReason id kind next rejection revision state
    subjectId`),
  '/v1/erp-documents/<erp_document>': house(`
    auctionId body createdAt erpReference failureReason id kind rejection revision state
    subjectId`),
  '/v1/reports': house(`
    columns.meaning columns.name columns.type columns.unit description name parameters schedule
    title`),
  '/v1/report-runs': house(`
    bytes createdAt failureReason id next parameters report rows sha256 state storedAt url`),
  '/v1/report-runs/<report_run>': house(`
    bytes createdAt failureReason id parameters report rows sha256 state storedAt url`),
  '/v1/reconciliation/runs': house(`
    compared.erp compared.ledger compared.paypal createdAt differences failureReason finishedAt
    from id next sales state sumOfDifferences to unreadLines`),
  '/v1/reconciliation/runs/<reconciliation_run>': house(`
    compared.erp compared.ledger compared.paypal createdAt differences failureReason finishedAt
    from id sales state sumOfDifferences to unreadLines`),
  '/v1/reconciliation/runs/<reconciliation_run>/differences': house(`
    assignee auctionId closeReason currency detail expectedMinor firstSeenAt foundMinor id kind
    lastSeenAt next reference side state subject`),
  '/v1/reconciliation/differences': house(`
    assignee auctionId closeReason currency detail expectedMinor firstSeenAt foundMinor id kind
    lastSeenAt next reference side state subject`),
  '/v1/reconciliation/differences/<difference>': house(`
    assignee auctionId closeReason currency detail expectedMinor firstSeenAt foundMinor id kind
    lastSeenAt proposedEntries.account proposedEntries.amountMinor reference side state subject`),
  '/v1/reconciliation/unread-lines': house('firstSeenAt id lastSeenAt next raw reason source'),
  '/v1/reconciliation/repairs': house(`
    amountMinor approvedBy auctionId createdAt currency differenceId entries.account
    entries.amountMinor id next proposedBy reason state`),
  '/v1/ledger/entries': house(`
    account amountMinor auctionId currency id kind next postedAt transactionId`),
  '/v1/ledger/balances': house('account balanceMinor currency next'),
  '/v1/ledger/accounts/wallet:bidder': {
    operator: 'account at balances.balanceMinor balances.currency',
    finance: 'account at balances.balanceMinor balances.currency',
    seller: '404',
    bidder: 'account at balances.balanceMinor balances.currency',
    stranger: '404',
  },
  '/v1/ledger/accounts/wallet:bidder/statement?currency=EUR&from=2020-01-01T00:00:00Z': {
    operator: `
      account amountMinor auctionId balanceMinor closingMinor counterAccount currency from id
      kind next openingMinor postedAt reason to transactionId`,
    finance: `
      account amountMinor auctionId balanceMinor closingMinor counterAccount currency from id
      kind next openingMinor postedAt reason to transactionId`,
    seller: '404',
    bidder: `
      account amountMinor auctionId balanceMinor closingMinor counterAccount currency from id
      kind next openingMinor postedAt reason to transactionId`,
    stranger: '404',
  },
  '/v1/ledger/transactions/<transaction>': house(`
    actorId approvedBy auctionId entries.account entries.amountMinor entries.currency id kind postedAt
    reason reversedBy reverses`),
  '/v1/wallets/bidder': {
    operator: 'balances.balanceMinor balances.currency ownerId',
    finance: 'balances.balanceMinor balances.currency ownerId',
    seller: '404',
    bidder: 'balances.balanceMinor balances.currency ownerId',
    stranger: '404',
  },
  '/v1/approvals': house(
    `createdAt decidedAt decidedBy decisionReason expiresAt id kind next outcome proposedBy reason request state subjectId`,
  ),
  '/v1/approvals/<approval>': house(
    `createdAt decidedAt decidedBy decisionReason expiresAt id kind outcome proposedBy reason request state subjectId`,
  ),
  '/v1/audit?limit=500': house(`
    actorId actorKind after at before correlationId event from id next reason subjectId
    subjectKind to workflowId`),
  '/v1/notices': {
    operator: `
      box closeReason closedAt closedBy createdAt id kind next subjectId text`,
    finance: `
      box closeReason closedAt closedBy createdAt id kind next subjectId text`,
    seller: `
      box closeReason closedAt closedBy createdAt id kind next subjectId text`,
    bidder: `
      box closeReason closedAt closedBy createdAt id kind next subjectId text`,
    stranger: 'next',
  },
  '/v1/sellers/seller': {
    operator: `
      associates createdAt delayedDisbursement id isHouse name paypalMerchantId`,
    finance: 'createdAt delayedDisbursement id isHouse name paypalMerchantId',
    seller: '403',
    bidder: '403',
    stranger: '403',
  },
  '/v1/policies': {
    operator: POLICY,
    finance: POLICY,
    seller: POLICY_FOR_SELLERS,
    bidder: POLICY_FOR_BIDDERS,
    stranger: POLICY_FOR_BIDDERS,
  },
  '/v1/policies/standard': {
    operator: POLICY,
    finance: POLICY,
    seller: POLICY_FOR_SELLERS,
    bidder: POLICY_FOR_BIDDERS,
    stranger: POLICY_FOR_BIDDERS,
  },
  '/v1/stuck-steps': house(`
    cause endedAt firstSeenAt id lastTriedAt next service state step tries workflowId
    workflowType`),
  '/v1/stuck-steps/causes': house('cause service since steps'),
  '/v1/messages/outbox?state=waiting': {
    operator: 'about attempts createdAt id kind lastError next state',
    finance: '403',
    seller: '403',
    bidder: '403',
    stranger: '403',
  },
};

export interface Act {
  readonly path: string;
  readonly by: Viewer;
  readonly body?: object;
  readonly sees: string;
}
const AUCTION = {
  sellerId: 'seller',
  title: 'A clock',
  commodityCode: '9102',
  currency: 'EUR',
  startPriceMinor: 10_000,
  closesAt: inDays(30),
};
export const ACTS: readonly Act[] = [
  {
    path: '/v1/auctions',
    by: 'seller',
    body: AUCTION,
    sees: `
      bids buyNowMinor closedAt closesAt currency description id leading lotId minimumBid
      opensAt policy.name policy.version priceMinor reserveMet reserveMinor saleId sellerId
      startPriceMinor state title unsoldReason`,
  },
  {
    path: '/v1/auctions/<draft>/publish',
    by: 'seller',
    sees: `
      bids buyNowMinor closedAt closesAt currency description id leading lotId minimumBid
      opensAt policy.name policy.version priceMinor reserveMet reserveMinor saleId sellerId
      startPriceMinor state title unsoldReason`,
  },
  {
    path: '/v1/auctions/<auction>/bids',
    by: 'bidder',
    body: { maximumMinor: 10_000 },
    sees: 'closesAt leading minimumBid placedAt priceMinor reserveMet sequence',
  },
  {
    path: '/v1/auctions/<auction>/retractions',
    by: 'stranger',
    body: { bidderId: 'somebody', reason: 'a slip' },
    sees: 'closesAt minimumBid priceMinor',
  },
  {
    path: '/v1/auctions/<auction>/retractions',
    by: 'operator',
    body: { bidderId: 'bidder', reason: 'a slip' },
    sees: 'closesAt leaderId minimumBid priceMinor',
  },
  {
    path: '/v1/auctions/<toBuy>/purchase',
    by: 'bidder',
    body: { priceMinor: 90_000 },
    sees: 'closesAt leading minimumBid placedAt priceMinor reserveMet sequence',
  },
  {
    path: '/v1/offers/<offer>/accept',
    by: 'bidder',
    sees: `
      answerUntil auctionId bidderId createdAt currency id kind priceMinor rank state`,
  },
  {
    path: '/v1/offers/<secondOffer>/decline',
    by: 'bidder',
    sees: `
      answerUntil auctionId bidderId createdAt currency id kind priceMinor rank state`,
  },
  {
    path: '/v1/wallets',
    by: 'bidder',
    body: { currency: 'USD' },
    sees: 'balances.balanceMinor balances.currency ownerId',
  },
  {
    path: '/v1/wallets/bidder/transfers',
    by: 'bidder',
    body: { recipientId: 'seller', currency: 'EUR', amountMinor: 1 },
    sees: 'amountMinor currency id note postedAt recipientId senderId',
  },
  {
    path: '/v1/notices/<notice>/close',
    by: 'bidder',
    body: {},
    sees: 'box closeReason closedAt closedBy createdAt id kind subjectId text',
  },
];
