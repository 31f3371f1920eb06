import { z } from 'zod';

/**
 * The fields of a document that Teleport knows. Objects drop every other key without a word, as tctl does:
 * a typo in a field name passes.
 */
const text = z.string().default('');
const anything = z.record(z.string(), z.unknown()).optional();
const label = z.record(z.string(), z.string()).nullish();

const MODES: Readonly<Record<string, number>> = { '': 0, 'verify-full': 0, 'verify-ca': 1, insecure: 2 };

const tls = z.object({
  mode: z
    .union([z.enum(Object.keys(MODES)).transform((mode) => MODES[mode] ?? 0), z.literal([0, 1, 2])])
    .default(0),
  ca_cert: z.string().optional(),
  server_name: z.string().optional(),
  trust_system_cert_pool: z.boolean().optional(),
});

const databaseSpec = z.object({
  protocol: text,
  uri: text,
  ca_cert: z.string().optional(),
  dynamic_labels: anything,
  aws: anything,
  gcp: anything,
  azure: anything,
  tls: tls.default({ mode: 0 }),
  ad: anything,
  mysql: anything,
  admin_user: z.object({ name: text, default_database: z.string().optional() }).optional(),
  mongo_atlas: anything,
  oracle: anything,
});

const appSpec = z.object({
  uri: text,
  public_addr: z.string().optional(),
  dynamic_labels: anything,
  insecure_skip_verify: z.boolean().default(false),
  rewrite: anything,
  aws: anything,
  cloud: z.string().optional(),
  user_groups: z.array(z.string()).optional(),
  integration: z.string().optional(),
  required_app_names: z.array(z.string()).optional(),
  cors: anything,
  identity_center: anything,
  tcp_ports: z.array(z.unknown()).optional(),
  use_any_proxy_public_addr: z.boolean().optional(),
});

const metadata = z.object({
  name: text,
  namespace: z.string().optional(),
  description: z.string().optional(),
  labels: label,
  expires: z.string().nullish(),
});

export const documentSchema = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('db'), metadata, spec: databaseSpec.prefault({}) }),
  z.object({ kind: z.literal('app'), metadata, spec: appSpec.prefault({}) }),
]);
