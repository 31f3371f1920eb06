import { expect, it } from 'vitest';
import { admit, EditionRefused } from './edition.ts';

it('refuses a community Engine with the reason and what to do', () => {
  expect(() => admit('community')).toThrow(EditionRefused);
  expect(() => admit('community')).toThrow(/requires Standard or Enterprise edition.*Register the instance/);
});

it.each(['standard', 'enterprise'])('says nothing about %s', (edition) => {
  expect(admit(edition)).toBeUndefined();
});

it.each(['', 'platinum'])('warns about %j and goes on', (edition) => {
  expect(admit(edition)).toContain(JSON.stringify(edition));
});
