/** The lists of other sides in which a line may be that cannot be read, as people know them. */
export const UNREAD_SOURCES = {
  'paypal.transactions': "PayPal's transaction report",
  'paypal.disputes': "PayPal's list of disputes",
  'erp.documents': "the ERP's answers about documents",
} as const;
export type UnreadSource = keyof typeof UNREAD_SOURCES;
