/** The beginning of PostgreSQL's protocol (version 3.0), as far as a server's first answer goes. Pure. */

/** The server answers `S` and goes on in TLS, or `N`. */
export const SSL_REQUEST = Buffer.from([0, 0, 0, 8, 0x04, 0xd2, 0x16, 0x2f]);

export type Demand = 'certificate' | 'password' | 'nothing' | 'no-entry' | 'other';

export function startupMessage({
  user,
  database,
}: {
  readonly user: string;
  readonly database: string;
}): Buffer {
  const parameters = ['user', user, 'database', database, 'application_name', 'dblab doctor'];
  const body = Buffer.from(`${parameters.join('\0')}\0\0`);
  const head = Buffer.alloc(8);
  head.writeInt32BE(8 + body.length, 0);
  head.writeInt32BE(196_608, 4);
  return Buffer.concat([head, body]);
}

const MOST_BYTES = 64 * 1024;

export interface Answered {
  readonly demand: Demand;
  /** The server's own words, where it refused. */
  readonly said?: string;
}

/** What the first message of the server asks for; undefined while it is not whole. */
export function readAnswer(bytes: Buffer): Answered | undefined {
  if (bytes.length < 5) return undefined;
  const type = String.fromCharCode(bytes.readUInt8(0));
  const length = bytes.readInt32BE(1);
  if (length < 4 || length > MOST_BYTES)
    return { demand: 'other', said: 'it is not the protocol of PostgreSQL' };
  if (bytes.length < 1 + length) return undefined;
  const body = bytes.subarray(5, 1 + length);
  if (type === 'R') return { demand: demandOf(body.length < 4 ? -1 : body.readInt32BE(0)) };
  return type === 'E' ? refusalOf(body) : { demand: 'other' };
}

/** 0 is welcome; 3, 5 and 10 want a password in the clear, as MD5, by SCRAM. */
function demandOf(code: number): Demand {
  if (code === 0) return 'nothing';
  return [3, 5, 10].includes(code) ? 'password' : 'other';
}

/**
 * Texts may be in another language; the codes (`C`), the names of PostgreSQL's functions (`R`) and the name of the
 * file are not. Both refusals come from `ClientAuthentication`; a method that failed, as ident does, from elsewhere.
 */
function refusalOf(body: Buffer): Answered {
  const fields = new Map(
    body
      .toString('utf8')
      .split('\0')
      .map((field) => [field.charAt(0), field.slice(1)] as const),
  );
  const said = fields.get('M') ?? '';
  if (fields.get('C') !== '28000' || fields.get('R') !== 'ClientAuthentication')
    return { demand: 'other', said };
  return { demand: /pg_hba\.conf/.test(said) ? 'no-entry' : 'certificate', said };
}
