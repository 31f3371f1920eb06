/** Why the stand-in Auth says no. The text is Teleport's own; over gRPC the code decides, over tctl the text. */
export class Refusal extends Error {
  override readonly name = 'Refusal';
  readonly code: RefusalCode;

  constructor(code: RefusalCode, text: string) {
    super(text);
    this.code = code;
  }
}

export type RefusalCode = 'invalid' | 'exists' | 'not-found' | 'denied';
