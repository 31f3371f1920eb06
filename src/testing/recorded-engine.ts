import { once } from 'node:events';
import http, { type IncomingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface RecordedRequest {
  /** Method and path, with the query, as they arrived: `DELETE /clone/c1`. */
  readonly line: string;
  readonly body: string;
  readonly headers: IncomingHttpHeaders;
}

/** A relay before an Engine that keeps what goes through it. */
export interface RecordedEngine {
  readonly url: string;
  readonly requests: RecordedRequest[];
  close(): Promise<void>;
}

export async function recordEngine(target: string): Promise<RecordedEngine> {
  const requests: RecordedRequest[] = [];
  const server = http.createServer(async (request, response) => {
    const { method = '', url = '/', headers } = request;
    const chunks: Buffer[] = [];
    for await (const chunk of request as AsyncIterable<Buffer>) chunks.push(chunk);
    const body = Buffer.concat(chunks);
    requests.push({ line: `${method} ${url}`, body: body.toString('utf8'), headers });
    const { hostname, port } = new URL(target);
    const onward = http.request({ hostname, port, method, path: url, headers }, (answer) => {
      response.writeHead(answer.statusCode ?? 500, answer.headers);
      answer.pipe(response);
    });
    onward.on('error', () => response.destroy());
    onward.end(body);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    requests,
    async close() {
      server.close();
      server.closeAllConnections();
      await once(server, 'close');
    },
  };
}
