import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { accountOf, environmentOf, unitValue, withVariables } from './units.ts';

describe('environmentOf', () => {
  it.each([
    ['A=1\nB=two words\n', { A: '1', B: 'two words' }],
    ['# A=1\n; B=2\n\nC=3', { C: '3' }],
    ['A="x \\"y\\" \\$z"\n', { A: 'x "y" $z' }],
    ['A=\'x "y"\'\n', { A: 'x "y"' }],
    ['A="one\ntwo"\nB=3\n', { A: 'one\ntwo', B: '3' }],
    ['A=1\r\nB=2\r\n', { A: '1', B: '2' }],
    ['A=1\nA=2\n', { A: '2' }],
    ['  A =1\nnonsense\n=x\n', {}],
  ])('reads %j as systemd does', (text, variables) => {
    expect(environmentOf(text)).toEqual(variables);
  });
});

describe('withVariables', () => {
  it('changes what differs, adds what is missing, and keeps the rest', () => {
    const before = '# mine\nA=1 \nB="old"\n\n# last\nC=3';
    expect(withVariables(before, { A: '1', B: 'new', D: 'a b' })).toBe(
      '# mine\nA=1 \nB=new\n\n# last\nC=3\nD="a b"\n',
    );
  });

  it('writes any value so that it is read back, once and for all', () => {
    const name = fc.constantFrom('A', 'B_C', 'DBLAB_TOKEN');
    const value = fc.string({ unit: fc.constantFrom(...'ab "\'\\$`#=\n%€'.split('')) });
    fc.assert(
      fc.property(fc.dictionary(name, value), fc.dictionary(name, value), (first, second) => {
        const text = withVariables(withVariables('# head\n', first), second);
        expect(environmentOf(text)).toEqual({ ...first, ...second });
        expect(withVariables(text, second)).toBe(text);
      }),
    );
  });
});

it('reads the last value of a key in a unit, over continued lines', () => {
  const unit = '[Service]\nUser=a\nExecStart=/bin/x \\\n  --flag y\nUser = b \n';
  expect(unitValue(unit, 'User')).toBe('b');
  expect(unitValue(unit, 'ExecStart')).toMatch(/^\/bin\/x +--flag y$/);
  expect(unitValue(unit, 'Group')).toBeUndefined();
});

it('finds an account in /etc/passwd', () => {
  expect(accountOf('root:x:0:0::/root:/bin/sh\nme:x:12:34::/:/bin/sh\n', 'me')).toEqual({ uid: 12, gid: 34 });
  expect(accountOf('root:x:0:0::/root:/bin/sh\n', 'me')).toBeUndefined();
});
