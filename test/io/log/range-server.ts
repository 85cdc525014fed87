import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { after } from 'node:test';

/** What a request asks for: the first and last byte, both included. */
export interface Asked {
  readonly from: number;
  readonly to: number;
  readonly request: IncomingMessage;
  /** How many requests came before it. */
  readonly index: number;
}

/** Answers a request itself, or gives true to have the range sent. */
export type Behaviour = (asked: Asked, response: ServerResponse) => boolean;

/** A server of files in memory, on a port of its own until the test file is done. */
export interface RangeServer {
  readonly url: (name: string) => string;
  readonly files: Map<string, Uint8Array>;
  readonly asked: Asked[];
  behave: Behaviour;
}

/** Starts a server that answers ranges as RFC 9110 says, unless told to misbehave. */
export async function rangeServer(): Promise<RangeServer> {
  const files = new Map<string, Uint8Array>();
  const asked: Asked[] = [];
  const server = createServer((request, response) => {
    const bytes = files.get(request.url ?? '');
    if (bytes === undefined) {
      response.writeHead(404).end();
      return;
    }
    const range = /^bytes=(\d+)-(\d+)$/.exec(request.headers.range ?? '');
    const from = Number(range?.[1] ?? 0);
    const to = Math.min(Number(range?.[2] ?? bytes.length - 1), bytes.length - 1);
    const ask = { from, to, request, index: asked.length };
    asked.push(ask);
    if (!it.behave(ask, response)) return;
    if (from >= bytes.length) {
      response.writeHead(416, { 'content-range': `bytes */${bytes.length}` }).end();
      return;
    }
    response.writeHead(206, rangeHeaders(from, to, bytes.length)).end(bytes.subarray(from, to + 1));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  after(() => {
    server.closeAllConnections();
    server.close();
  });
  const it: RangeServer = {
    url: (name) => `http://127.0.0.1:${port}${name}`,
    files,
    asked,
    behave: () => true,
  };
  return it;
}

/** Headers of a 206 reply. */
export function rangeHeaders(from: number, to: number, size: number): Record<string, string> {
  return {
    'content-range': `bytes ${from}-${to}/${size}`,
    'content-length': String(to - from + 1),
    etag: '"1"',
  };
}
