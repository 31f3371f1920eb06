/** A document that cannot be read, or not be edited without touching more than was asked for. Says where, and quotes nothing. */
export class YamlError extends Error {
  override readonly name = 'YamlError';
}
