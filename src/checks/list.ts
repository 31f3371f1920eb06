import { AGENT_CHECKS } from './agents.ts';
import { CERTIFICATE_CHECKS } from './certificates.ts';
import type { Check } from './check.ts';
import { CLONE_CHECKS } from './clones.ts';
import { DELIVERY_CHECKS } from './delivery.ts';
import { ENGINE_CHECKS } from './engine.ts';
import { HOST_CHECKS, SIDECAR_CHECKS } from './host.ts';
import { IDENTITY_CHECKS } from './identity.ts';
import { PROXY_CHECKS, TRANSPORT_CHECKS } from './proxy.ts';
import { REGISTRATION_CHECKS } from './registrations.ts';
import { ROLE_CHECKS } from './roles.ts';
import { SERVER_YML_CHECKS } from './server-yml.ts';
import { TELEPORT_YAML_CHECKS } from './teleport-yaml.ts';
import { WEBHOOK_CHECKS } from './webhook.ts';

/** Every check, causes before what follows from them. */
export const CHECKS: readonly Check[] = [
  ...ENGINE_CHECKS,
  ...PROXY_CHECKS,
  ...IDENTITY_CHECKS,
  ...TRANSPORT_CHECKS,
  ...ROLE_CHECKS,
  ...TELEPORT_YAML_CHECKS,
  ...AGENT_CHECKS,
  ...SERVER_YML_CHECKS,
  ...CERTIFICATE_CHECKS,
  ...REGISTRATION_CHECKS,
  ...CLONE_CHECKS,
  ...HOST_CHECKS,
  ...WEBHOOK_CHECKS,
  ...DELIVERY_CHECKS,
  ...SIDECAR_CHECKS,
];
