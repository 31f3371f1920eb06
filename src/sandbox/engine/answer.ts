import type { Refusal } from './refusal.ts';

/** An answer of the API before it meets the wire. */
export interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** The Engine prints its JSON with two spaces. */
export function json(status: number, value: unknown): Answer {
  return {
    status,
    headers: { 'Content-Type': 'application/json; charset=utf-8' },
    body: JSON.stringify(value, null, 2),
  };
}

/** `/healthz` alone is compact and ends with a newline. */
export function compactJson(value: unknown): Answer {
  const { status, headers } = json(200, null);
  return { status, headers, body: `${JSON.stringify(value)}\n` };
}

export function empty(status: number): Answer {
  return { status, headers: {}, body: '' };
}

export function html(body: string): Answer {
  return { status: 200, headers: { 'Content-Type': 'text/html; charset=utf-8' }, body };
}

export function refusalAnswer({ status, code, message }: Refusal): Answer {
  return json(status, { code, message });
}

/** Unknown paths meet the file server of the API's web page. */
export function pageNotFound(): Answer {
  return {
    status: 404,
    headers: { 'Content-Type': 'text/plain; charset=utf-8', 'X-Content-Type-Options': 'nosniff' },
    body: '404 page not found\n',
  };
}

export function movedTo(path: string): Answer {
  return {
    status: 301,
    headers: { 'Content-Type': 'text/html; charset=utf-8', Location: path },
    body: `<a href="${path}">Moved Permanently</a>.\n\n`,
  };
}
