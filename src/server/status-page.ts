import type { z } from 'zod';
import { statusDocument } from './status-document.ts';

/** `docs/reference/api-status.md`. */
export function statusPage(): string {
  return [
    '# /api/status',
    '',
    'Made from the program by `npm run docs`; a test compares.',
    '',
    'A JSON document at the status address: what the page shows, for programs. Fields may be added.',
    '',
    '| field | type | what it is |',
    '| --- | --- | --- |',
    ...rowsOf(statusDocument.shape, ''),
    '',
  ].join('\n');
}

function rowsOf(shape: z.ZodRawShape, prefix: string): string[] {
  return Object.entries(shape).flatMap(([name, field]) => {
    const { type, inner, isList } = unwrapped(field as z.ZodType);
    const path = `${prefix}${name}${isList ? '[]' : ''}`;
    const about = (field as z.ZodType).description ?? '';
    return [
      `| \`${path}\` | ${type} | ${about} |`,
      ...(inner === undefined ? [] : rowsOf(inner, `${path}.`)),
    ];
  });
}

interface Unwrapped {
  readonly type: string;
  readonly inner: z.ZodRawShape | undefined;
  readonly isList: boolean;
}

function unwrapped(field: z.ZodType): Unwrapped {
  const { def } = field as unknown as { def: { type: string; innerType?: z.ZodType; element?: z.ZodType } };
  if (def.innerType !== undefined) {
    const inside = unwrapped(def.innerType);
    return def.type === 'nullable' ? { ...inside, type: `${inside.type} or null` } : inside;
  }
  if (def.element !== undefined) {
    const inside = unwrapped(def.element);
    return { ...inside, type: `list of ${inside.type}`, isList: true };
  }
  const shape = def.type === 'object' ? (field as z.ZodObject).shape : undefined;
  const isTime = (field as unknown as { format?: string }).format === 'datetime';
  return { type: isTime ? 'time' : def.type, inner: shape, isList: false };
}
