/** What the page loads beside itself: from its own address alone. */

export const STYLE = `:root { color-scheme: light dark; --ink: #1b1f24; --paper: #fff; --line: #d0d7de; --soft: #f4f6f8;
  --good: #116329; --warn: #7a4b00; --bad: #a40e26; --link: #0550ae; }
@media (prefers-color-scheme: dark) { :root { --ink: #e6edf3; --paper: #0d1117; --line: #3d444d; --soft: #161b22;
  --good: #56d364; --warn: #e3b341; --bad: #ff7b72; --link: #79c0ff; } }
* { box-sizing: border-box; }
body { margin: 0 auto; max-width: 80rem; padding: 1rem; font: 1rem/1.5 system-ui, sans-serif; color: var(--ink);
  background: var(--paper); }
a { color: var(--link); }
.skip { position: absolute; left: -99rem; } .skip:focus { left: 1rem; background: var(--paper); padding: .5rem; }
header { display: flex; flex-wrap: wrap; gap: 1rem; align-items: baseline; justify-content: space-between; }
h1 { font-size: 1.4rem; margin: 0; } h2 { font-size: 1.1rem; margin: 1.5rem 0 .5rem; }
.verdict { font-size: 1.2rem; font-weight: 600; padding: .6rem .9rem; border-left: .4rem solid; background: var(--soft); }
.good { color: var(--good); } .bad, .error { color: var(--bad); } .verdict.warn { color: var(--warn); }
dl { display: flex; flex-wrap: wrap; gap: .5rem 2rem; } dt { font-size: .85rem; opacity: .8; } dd { margin: 0; }
form { display: flex; flex-wrap: wrap; gap: 1rem; align-items: end; margin-bottom: .5rem; }
input, select, button { font: inherit; color: inherit; background: var(--paper); border: 1px solid var(--line);
  border-radius: .3rem; padding: .2rem .5rem; }
:focus-visible { outline: .2rem solid var(--link); outline-offset: .1rem; }
#clones { overflow-x: auto; }
table { border-collapse: collapse; width: 100%; } caption { text-align: left; padding: .3rem 0; }
th, td { text-align: left; vertical-align: top; padding: .35rem .6rem; border-top: 1px solid var(--line); }
thead th { font-size: .85rem; } tr.warn { background: var(--soft); } tr.warn td:nth-child(3) { color: var(--warn); }
.name { font-size: .85rem; opacity: .8; } .error { margin: .2rem 0 0; }
code { font-size: .85rem; overflow-wrap: anywhere; } code + button { margin-left: .5rem; font-size: .8rem; }
nav { display: flex; gap: 1rem; margin: .5rem 0; } footer { margin-top: 2rem; font-size: .9rem; }
`;

/** Without it the page is the same, but for living and copying. */
export const SCRIPT = `'use strict';
const live = document.getElementById('live');
const say = (text) => { if (live.textContent !== text) live.textContent = text; };
const offerCopies = () => document.querySelectorAll('[data-copy]').forEach((it) => { it.hidden = !navigator.clipboard; });
let asking = false;
let again = false;
const refresh = async () => {
  if (asking) { again = true; return; }
  asking = true;
  try {
    const answer = await fetch(location.href, { cache: 'no-store' });
    const fresh = new DOMParser().parseFromString(await answer.text(), 'text/html');
    document.title = fresh.title;
    for (const part of document.querySelectorAll('[data-live]')) {
      const other = fresh.getElementById(part.id);
      if (!other || other.innerHTML === part.innerHTML) continue;
      const row = part.contains(document.activeElement) && document.activeElement.closest('[id]').id;
      part.replaceChildren(...other.childNodes);
      if (row) document.getElementById(row)?.querySelector('button, a')?.focus();
    }
    offerCopies();
    say('Live');
  } catch { say('Not live: the sidecar does not answer.'); }
  asking = false;
  if (again) { again = false; refresh(); }
};
document.addEventListener('click', (event) => {
  const button = event.target.closest('[data-copy]');
  if (!button) return;
  navigator.clipboard.writeText(button.previousElementSibling.textContent).then(() => { button.textContent = 'Copied'; });
});
const events = new EventSource('/events');
events.onmessage = refresh;
events.onopen = refresh;
events.onerror = () => say('Not live: the sidecar does not answer.');
setInterval(refresh, 30000);
offerCopies();
`;
