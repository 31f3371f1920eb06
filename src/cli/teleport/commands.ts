import type { Command } from 'commander';
import type { Run } from '../host.ts';
import { addCleanup } from './cleanup.ts';
import { addDoctor } from './doctor.ts';
import { addRender } from './render.ts';
import { addServe } from './serve.ts';
import { addSetup } from './setup.ts';
import { addStatus } from './status.ts';

export function addTeleportCommands(noun: Command, run: Run): void {
  addServe(noun, run);
  addStatus(noun, run);
  addCleanup(noun, run);
  addSetup(noun, run);
  addDoctor(noun, run);
  addRender(noun, run);
}
