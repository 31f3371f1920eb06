import { expect, test } from 'vitest';
import { timeZone } from './time-zone.ts';

test.each<[string | undefined, string, string]>([
  [undefined, '', 'UTC'],
  [undefined, 'Europe/Berlin', 'Europe/Berlin'],
  ['America/Lima', 'Europe/Berlin', 'America/Lima'],
  ['', 'Europe/Berlin', 'UTC'],
  [':/etc/localtime', '', 'UTC'],
])('TZ %j and %j in the file: %s', (variable, tz, zone) => {
  expect(timeZone({ current: '', byId: new Map(), tz }, { TZ: variable })).toBe(zone);
});
