import type { Log } from '../lib/log.ts';
import type { Output } from './host.ts';

/** The log of a command that people wait for: what they should know, as bare sentences. */
export function plainLog(stderr: Output): Log {
  const say = (_facts: object, sentence: string) => void stderr.write(`${sentence}\n`);
  return { debug() {}, info() {}, warn: say, error: say };
}
