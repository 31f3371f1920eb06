/** The page for people: all of it made here, so that it is the same without JavaScript. Pure. */
import type { StatusDocument } from '../status-document.ts';
import { Html, html } from './html.ts';
import { type Clone, type Question, type Selection, type STATES, select } from './selection.ts';
import { span } from './span.ts';

/** `now` in milliseconds since the epoch. */
export function pageOf(document: StatusDocument, question: Question, now: number): string {
  const { environment } = document;
  const selection = select(document.clones, question);
  const page = html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${isInStep(document) ? 'In step' : 'NOT in step'}: ${environment}</title>
<link rel="icon" href="data:,">
<link rel="stylesheet" href="/page.css">
<script src="/page.js" defer></script>
</head>
<body>
<a class="skip" href="#clones">Skip to the clones</a>
<header><h1>Clones of ${environment} in Teleport</h1><p id="live" role="status"></p></header>
<main>
<section data-live id="overview" aria-label="Overview">${overview(document, now)}</section>
<section aria-labelledby="clones-heading">
<h2 id="clones-heading">Clones</h2>
${filter(selection)}
<div data-live id="clones">${clones(selection, now)}</div>
</section>
<section data-live id="changes" aria-labelledby="changes-heading">${changes(document, now)}</section>
</main>
<footer><p>Read-only. For programs: <a href="/api/status">/api/status</a>, <a href="/metrics">/metrics</a>,
<a href="/readyz">/readyz</a>.</p></footer>
</body>
</html>
`;
  return page.text;
}

function isInStep({ ready, troubles }: StatusDocument): boolean {
  return ready && troubles.length === 0;
}

function overview(document: StatusDocument, now: number): Html {
  const { troubles, ready, transport, lookedAt, app, identity, clones: all } = document;
  const registered = all.filter(({ standing }) => standing === 'registered').length;
  const verdict = isInStep(document) ? 'In step' : ready ? 'In step but for what follows' : 'Not in step';
  const tone = isInStep(document) ? 'good' : ready ? 'warn' : 'bad';
  return html`
<p class="verdict ${tone}">${verdict}: ${registered} of ${all.length} clones registered.</p>
${troubles.length === 0 ? undefined : html`<ul class="troubles">${troubles.map((it) => html`<li>${it}</li>`)}</ul>`}
<dl>
<div><dt>Last look</dt><dd>${lookedAt === null ? 'none yet' : ago(lookedAt, now)}</dd></div>
<div><dt>Teleport by</dt><dd>${transport}</dd></div>
<div><dt>App</dt><dd>${app}</dd></div>
<div><dt>Identity</dt><dd>${identity === null ? 'none' : identityText(identity, now)}</dd></div>
</dl>`;
}

function identityText({ user, expiresAt }: NonNullable<StatusDocument['identity']>, now: number): Html {
  const left = Date.parse(expiresAt) - now;
  const text = left > 0 ? `expires in ${span(left)}` : `expired ${span(left)} ago`;
  return html`${user}, <time datetime="${expiresAt}">${text}</time>`;
}

function ago(at: string, now: number): Html {
  return html`<time datetime="${at}">${span(now - Date.parse(at))} ago</time>`;
}

const STATE_NAMES: Readonly<Record<keyof typeof STATES, string>> = {
  all: 'all',
  registered: 'registered',
  waiting: 'waiting, or in conflict',
  unserved: 'served by no agent',
  'not-offered': 'not offered',
};

function filter({ search, state }: Question): Html {
  const options = Object.entries(STATE_NAMES).map(
    ([value, name]) =>
      html`<option value="${value}"${value === state ? new Html(' selected') : undefined}>${name}</option>`,
  );
  return html`<form method="get" action="/" role="search">
<label>Search <input type="search" name="q" value="${search}" maxlength="255"></label>
<label>State <select name="state">${options}</select></label>
<button>Show</button>
</form>`;
}

function clones(selection: Selection, now: number): Html {
  const { found, clones: shown } = selection;
  if (found === 0)
    return html`<p>No clone ${selection.search === '' && selection.state === 'all' ? 'yet' : 'fits'}.</p>`;
  return html`<table>
<caption>${found} ${found === 1 ? 'clone' : 'clones'}${found > shown.length ? html`, page ${selection.page} of ${selection.pages}` : undefined}</caption>
<thead><tr><th scope="col">Clone</th><th scope="col">State</th><th scope="col">Registration</th><th scope="col">Served by</th>
<th scope="col">Age</th><th scope="col">Connect</th></tr></thead>
<tbody>${shown.map((clone) => row(clone, now))}</tbody>
</table>
${pages(selection)}`;
}

function row(clone: Clone, now: number): Html {
  const { id, status, standing, name, servedBy, createdAt, error, connect } = clone;
  const age =
    createdAt === null || Number.isNaN(Date.parse(createdAt)) ? '' : span(now - Date.parse(createdAt));
  const served = servedBy === null ? 'not known' : servedBy.join(', ') || 'nobody';
  const isGood = standing === 'registered' && servedBy?.length !== 0;
  const tone = isGood || standing === 'not-offered' ? '' : 'warn';
  return html`<tr id="clone-${id}" class="${tone}"><th scope="row">${id}</th><td>${status}</td>
<td>${standing}${name === null ? undefined : html`<br><span class="name">${name}</span>`}${error === null ? undefined : html`<p class="error">${error}</p>`}</td>
<td>${standing === 'registered' ? served : ''}</td><td>${age}</td>
<td>${connect === null ? undefined : html`<code>${connect}</code><button type="button" data-copy hidden>Copy</button>`}</td></tr>
`;
}

function pages({ page, pages: last, search, state }: Selection): Html | undefined {
  if (last === 1) return undefined;
  const link = (to: number, text: string) =>
    html`<a href="/?${new URLSearchParams({ q: search, state, page: String(to) }).toString()}">${text}</a>`;
  return html`<nav id="pages" aria-label="Pages">${page > 1 ? link(page - 1, 'Previous') : undefined}
<span>Page ${page} of ${last}</span> ${page < last ? link(page + 1, 'Next') : undefined}</nav>`;
}

function changes({ changes: done, plan }: StatusDocument, now: number): Html {
  const items = done.map(
    ({ at, what, refusal }) =>
      html`<li${refusal === null ? undefined : new Html(' class="error"')}>${ago(at, now)}: ${what}${refusal === null ? '' : ` was refused. ${refusal}`}</li>`,
  );
  return html`<h2 id="changes-heading">Recent changes</h2>
${items.length === 0 ? html`<p>None since the start.</p>` : html`<ul>${items}</ul>`}
<h2>Plan of the last look</h2>
${plan.length === 0 ? html`<p>Nothing to do.</p>` : html`<ul>${plan.map((it) => html`<li>${it}</li>`)}</ul>`}`;
}
