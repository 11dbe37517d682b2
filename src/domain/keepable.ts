/**
 * Text from outside as PostgreSQL can hold it: half a surrogate and NUL become U+FFFD. For what is shown
 * and looked up; what is evidence is kept as the bytes that came.
 */
export const keepable = (text: string): string => text.toWellFormed().replaceAll('\0', '\u{FFFD}');
