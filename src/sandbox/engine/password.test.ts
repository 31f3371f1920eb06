import { describe, expect, test } from 'vitest';
import { weakness } from './password.ts';

describe('the password rule', () => {
  test.each(['secret_password', 'Tr0ub4dor&3x', 'correct horse battery', 'ünïcödé-ünïcödé-1'])(
    '%s is strong enough',
    (password) => {
      expect(weakness(password)).toBeUndefined();
    },
  );

  test.each([
    '',
    'password',
    '12345',
    'aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa',
    'abcdefghijklmnopqrstuvwxyz',
    'zyxwvutsrqponmlkjihgfedcba',
    '01234567890123456789',
    'qwertyuiopasdfghjklzxcvbnm',
  ])('%j is too weak', (password) => {
    expect(weakness(password)).toMatch(/^insecure password, try .*using a longer password$/);
  });

  test('the complaint names what is missing', () => {
    expect(weakness('short')).toBe(
      'insecure password, try including more special characters, using uppercase letters, using numbers or using a longer password',
    );
    expect(weakness('aB1!_#')).toBe('insecure password, try using a longer password');
  });
});
