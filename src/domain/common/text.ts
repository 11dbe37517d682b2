/** Line breaks and tabs people write; other control characters nobody means, and PostgreSQL keeps no NUL. */
const CONTROL = /[^\P{Cc}\t\n\r]/u;

/**
 * Whether a text stays what it is wherever it goes. Half a surrogate pair is no text: a driver that writes
 * UTF-8 makes U+FFFD of it, and then what was hashed is not what is stored.
 */
export const isPlainText = (text: string): boolean => text.isWellFormed() && !CONTROL.test(text);

/** What is wrong with such a text, as the end of a sentence; undefined when nothing is. */
export function textFault(text: string): string | undefined {
  if (!text.isWellFormed()) return 'must be well-formed Unicode: half of a surrogate pair is none';
  return CONTROL.test(text) ? 'must not contain control characters' : undefined;
}

export const LONGEST_ID = 100;

/** Of ids that others give: the subjects of tokens, sellers, bidders. */
export const isExternalId = (text: string): boolean =>
  text.length > 0 && text.length <= LONGEST_ID && isPlainText(text) && !/[\t\n\r]/.test(text);
