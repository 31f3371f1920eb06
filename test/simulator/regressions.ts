import { type History, readHistory } from './history.ts';

/** Histories in which a promise was broken once, as the simulator printed them. */
export const REGRESSIONS: readonly { readonly name: string; readonly past: History }[] = [
  {
    name: 'a list that shows an older write that looks like the last',
    past: readHistory(
      'polled 536008668: 10 replace b, 0 teleport lags a, 2000 create a, 30000 forge delete a, 70000 ' +
        'replace d, 100 destroy a, 2000 replace b, 450 stranger relabels d, 10000 engine forgets b, ' +
        '70000 teleport slow b, 450 teleport slow c_c, 700 stranger relabels a, 0 engine down b, 450 ' +
        'engine up e, 450 replace a',
    ),
  },
  {
    name: 'a failed removal that the guard holds since',
    past: readHistory(
      'polled 1353773745: 30000 create c_c, 0 identity renewed b, 450 create d, 450 identity renewed ' +
        'a, 100 second sidecar d, 700 teleport up c_c, 450 engine forgets d, 70000 reset c_c, 700 ' +
        'webhooks deliver e, 30000 destroy a, 10000 identity expires a, 100 second sidecar ends c_c, ' +
        '10000 replace d, 700 replace c_c, 2000 destroy e, 0 teleport lags b',
    ),
  },
];
