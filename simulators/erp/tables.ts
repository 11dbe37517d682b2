/** What this ERP knows: it rejects documents that name anything else. */

/** Headings of the Harmonized System for what is auctioned. */
export const COMMODITY_CODES: Readonly<Record<string, string>> = {
  '3303': 'Perfumes and toilet waters',
  '4202': 'Trunks, suitcases, handbags and similar containers',
  '4901': 'Printed books, brochures and leaflets',
  '6403': 'Footwear with uppers of leather',
  '7101': 'Pearls, natural or cultured',
  '7102': 'Diamonds, not mounted or set',
  '7103': 'Precious and semi-precious stones, not mounted or set',
  '7113': 'Articles of jewellery of precious metal',
  '7114': "Articles of goldsmiths' or silversmiths' wares",
  '7116': 'Articles of pearls or of precious stones',
  '7118': 'Coin',
  '8471': 'Automatic data processing machines',
  '8517': 'Telephone sets, including smartphones',
  '8519': 'Sound recording or reproducing apparatus',
  '8703': 'Motor cars',
  '9006': 'Photographic cameras',
  '9101': 'Wrist-watches with a case of precious metal',
  '9102': 'Wrist-watches, other',
  '9105': 'Clocks',
  '9202': 'String musical instruments',
  '9403': 'Furniture',
  '9503': 'Toys and scale models',
  '9504': 'Video game consoles, table and parlour games',
  '9701': 'Paintings, drawings, collages and mosaics, by hand',
  '9702': 'Original engravings, prints and lithographs',
  '9703': 'Original sculptures and statuary',
  '9704': 'Postage stamps',
  '9705': "Collections and collectors' pieces",
  '9706': 'Antiques of an age exceeding 100 years',
};

export const ACCOUNTS: Readonly<Record<string, string>> = {
  '1000': 'Bank',
  '1200': 'Trade debtors',
  '2100': 'Payable to sellers',
  '4000': 'Hammer price',
  '4010': "Buyer's premium",
  '4020': "Seller's commission",
  '4090': 'Refunds',
  '6100': 'Payment provider fees',
};

/** Currencies that are booked, with their decimal places. */
export const CURRENCIES: Readonly<Record<string, number>> = {
  AUD: 2,
  CAD: 2,
  CHF: 2,
  DKK: 2,
  EUR: 2,
  GBP: 2,
  HUF: 0,
  JPY: 0,
  NOK: 2,
  NZD: 2,
  PLN: 2,
  SEK: 2,
  SGD: 2,
  TWD: 0,
  USD: 2,
};
