import type { Clone } from '../engine/clone.ts';
import { subjectOf } from '../site/clone/authority-name.ts';
import type { CloneAnswer } from '../site/clone/probe.ts';
import { isOn } from '../site/server-yml.ts';
import type { Site } from '../site/site.ts';
import { type Check, type Finding, fail, pass, skip } from './check.ts';

const NO_CLONE = 'There is no ready clone to look at: create one with "dblab clone create".';

/** What ready clones say on their port, from TCP up to the question for a certificate. */
export const CLONE_CHECKS: readonly Check[] = [
  {
    id: 'clone-port',
    title: 'Clones answer on their port',
    needs: ['engine-token', 'clone-host'],
    inspect: (site) =>
      onClones(site, ({ at, ...rest }) => {
        if (at !== 'tcp' && at !== 'not-postgres') return undefined;
        return 'reason' in rest ? String(rest.reason) : 'something else than PostgreSQL answers';
      }).then((found) =>
        told(found, site, {
          good: 'PostgreSQL answers on every one that was asked.',
          bad: 'Clones cannot be reached',
          cure:
            'Run this on the host of the Engine. Check that the container runs (docker ps) and that ' +
            'provision.cloneAccessAddresses covers the address.',
        }),
      ),
  },
  {
    id: 'snapshot-age',
    title: 'Clones come from snapshots that have the TLS settings',
    needs: ['clone-port', 'server-yml-ssl', 'server-yml-promotion'],
    async inspect(site) {
      const file = await site.serverYml();
      if (file.state !== 'read' || !isOn(file.value.settings['ssl']))
        return skip('server.yml cannot be read here.');
      const found = await onClones(site, ({ at }) => (at === 'no-tls' ? 'no TLS' : undefined));
      return told(found, site, {
        good: 'Every clone that was asked offers TLS.',
        bad: 'server.yml has ssl on, yet clones refuse TLS: their snapshot was taken before',
        cure:
          'Restart the Engine if it has not been since the change, take a new snapshot (dblab instance full-refresh, or ' +
          'wait for the next one in physical mode) and create the clones anew.',
      });
    },
  },
  {
    id: 'clone-tls',
    title: 'Clones offer TLS',
    needs: ['clone-port', 'snapshot-age'],
    inspect: (site) =>
      onClones(site, (answer) => {
        if (answer.at === 'no-tls') return 'ssl is off';
        return answer.at === 'tls' ? answer.reason : undefined;
      }).then((found) =>
        told(found, site, {
          good: 'Every one that was asked does.',
          bad: 'The TLS handshake fails',
          cure: 'Set ssl to on, with its files, in databaseConfigs.configs; take a new snapshot and create clones anew.',
        }),
      ),
  },
  {
    id: 'clone-authority',
    title: "Clones accept certificates that Teleport's authority signed",
    needs: ['clone-tls', 'proxy-reachable', 'teleport-ca-file'],
    async inspect(site) {
      const wanted = subjectOf(await site.clientAuthority());
      const found = await onClones(site, (answer) => {
        if (answer.at !== 'login' || answer.clientAuthorities === 'unknown') return undefined;
        if (answer.clientAuthorities === undefined)
          return 'it asks for no client certificate: ssl_ca_file is not set';
        return answer.clientAuthorities.includes(wanted)
          ? undefined
          : 'its ssl_ca_file holds another authority';
      });
      return told(found, site, {
        good: 'Every one that was asked names it.',
        bad: 'Clones refuse what Teleport shows ("root certificate store not available", "unknown CA")',
        cure: 'Put the authority into the file that ssl_ca_file names (dblab teleport setup) and reset or recreate the clones.',
      });
    },
  },
  {
    id: 'clone-pg-hba',
    title: 'Clones ask TLS connections for a certificate, by the first line of pg_hba.conf that fits',
    needs: ['clone-tls', 'clone-authority'],
    inspect: (site) =>
      onClones(site, (answer) => {
        if (answer.at !== 'login' || answer.asksFor === 'certificate') return undefined;
        return HBA[answer.asksFor];
      }).then((found) =>
        told(found, site, {
          good: 'Every one that was asked does.',
          bad: 'pg_hba.conf keeps Teleport out',
          cure:
            '"hostssl all all 0.0.0.0/0 cert" has to stand before "host all all 0.0.0.0/0 md5". DBLab Engine 4.1.0 and ' +
            'newer have it; a data directory that an older one made keeps its file until it is rebuilt.',
        }),
      ),
  },
];

const HBA = {
  password: 'it asks for a password: no "hostssl ... cert" line stands before the "host ... md5" line',
  'no-entry': '"no pg_hba.conf entry": the "hostssl ... cert" line is missing',
  nothing: 'it lets everybody in without asking: a "trust" line stands first',
  other: 'it asks for something that Teleport cannot give',
} as const;

interface Found {
  readonly asked: number;
  readonly wrong: readonly { readonly clone: Clone; readonly why: string }[];
}

/** Undefined: this clone is as it should be. */
async function onClones(
  { cloneAnswers }: Site,
  judge: (answer: CloneAnswer) => string | undefined,
): Promise<Found> {
  const asked = await cloneAnswers();
  const wrong = asked.flatMap(({ clone, answer }) => {
    const why = judge(answer);
    return why === undefined ? [] : [{ clone, why }];
  });
  return { asked: asked.length, wrong };
}

function told(
  { asked, wrong }: Found,
  { config }: Site,
  { good, bad, cure }: { readonly good: string; readonly bad: string; readonly cure: string },
): Finding {
  if (asked === 0) return skip(NO_CLONE);
  const [first] = wrong;
  if (first === undefined) return pass(good);
  const { id, port } = first.clone;
  const more = wrong.length === 1 ? '' : `, and ${wrong.length - 1} more of ${asked}`;
  return fail(`${bad}: ${JSON.stringify(id)} at ${config.cloneHost}:${port} (${first.why})${more}.`, cure);
}
