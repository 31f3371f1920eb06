/**
 * The text with every control character made visible: a terminal must not obey, nor a log line be broken
 * by, what somebody put into a name.
 */
export function printable(text: string): string {
  return text.replace(/\p{Cc}/gu, escaped);
}

/** `\u001b` instead of the character. */
export function escaped(character: string): string {
  return `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`;
}
