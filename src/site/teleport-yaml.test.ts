import { expect, it } from 'vitest';
import { readTeleportYaml } from './teleport-yaml.ts';

const OFF = { isEnabled: false, matchers: [] };

it.each([
  ['', { isAuth: true, isProxy: true, proxy: undefined, databases: OFF, apps: OFF }],
  ['auth_service: {enabled: "no"}\nproxy_service: {enabled: false}\n', { isAuth: false, isProxy: false }],
  ['teleport: {proxy_server: "p:443"}\n', { proxy: 'p:443' }],
  ['teleport: {auth_server: "a:3025"}\n', { proxy: 'a:3025' }],
  ['db_service: {}\n', { databases: { isEnabled: true, matchers: [] } }],
  ['db_service:\n', { databases: OFF }],
  ['db_service: {enabled: yes, resources: []}\n', { databases: { isEnabled: true, matchers: [] } }],
  ['db_service: {enabled: off}\n', { databases: OFF }],
  [
    'db_service:\n  resources:\n    - labels: {dblab: "true", env: [a, b]}\n    - labels:\n        "*": "*"\n',
    { databases: { isEnabled: true, matchers: [{ dblab: ['true'], env: ['a', 'b'] }, { '*': ['*'] }] } },
  ],
  [
    'app_service: {resources: [{labels: {dblab: true}}]}\n',
    { apps: { isEnabled: true, matchers: [{ dblab: ['true'] }] } },
  ],
])('reads %j', (text, wanted) => {
  expect(readTeleportYaml(text)).toMatchObject(wanted);
});
