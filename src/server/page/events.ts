import type { ServerResponse } from 'node:http';
import type { Clock } from '../../lib/clock.ts';
import type { News } from '../news.ts';

/** What comes in quick succession is told once. */
const GATHER_MS = 200;
/** A line on which nothing is said is given up by this side and by others on the way. */
const SILENCE_MS = 15_000;
const MOST_LISTENERS = 100;

/** Server-sent events (WHATWG HTML, 9.2): each only says that the page may look different. */
export class Events {
  readonly #news: News;
  readonly #clock: Clock;
  readonly #open = new Set<AbortController>();

  constructor(news: News, clock: Clock) {
    this.#news = news;
    this.#clock = clock;
  }

  get isFull(): boolean {
    return this.#open.size >= MOST_LISTENERS;
  }

  /** Takes the answer over, until its reader goes or `close` is called. */
  async serve(response: ServerResponse): Promise<void> {
    const gone = new AbortController();
    this.#open.add(gone);
    response.once('close', () => gone.abort());
    response.writeHead(200, { 'Content-Type': 'text/event-stream', 'Cache-Control': 'no-store' });
    response.write(': open\n\n');
    try {
      await this.#tell(response, gone.signal);
    } finally {
      this.#open.delete(gone);
      response.end();
    }
  }

  close(): void {
    for (const reader of this.#open) reader.abort();
  }

  async #tell(response: ServerResponse, gone: AbortSignal): Promise<void> {
    while (!gone.aborted) {
      const isNews = await this.#next(gone);
      if (gone.aborted) return;
      response.write(isNews ? 'data: changed\n\n' : ': still here\n\n');
    }
  }

  /** Whether there were news, rather than silence for too long. */
  async #next(gone: AbortSignal): Promise<boolean> {
    const heard = new AbortController();
    const leave = () => heard.abort();
    gone.addEventListener('abort', leave, { once: true });
    let isNews = false;
    const unsubscribe = this.#news.subscribe(() => {
      isNews = true;
      heard.abort();
    });
    await this.#clock.sleep(SILENCE_MS, heard.signal);
    unsubscribe();
    if (isNews) await this.#clock.sleep(GATHER_MS, gone);
    gone.removeEventListener('abort', leave);
    return isNews;
  }
}
