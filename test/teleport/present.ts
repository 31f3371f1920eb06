import { requirePrograms } from '../../src/sandbox/real/programs.ts';

/** Says, before any case runs, why all of them will be skipped, or what is missing. */
const bin = process.env['TELEPORT_BIN'] || undefined;
if (bin === undefined) {
  console.log(
    'All cases are skipped: set TELEPORT_BIN to a folder with the programs teleport, tctl, tsh and tbot of one release (15 to 18).',
  );
} else {
  await requirePrograms(bin, ['teleport', 'tctl', 'tsh', 'tbot']).catch((error: Error) => {
    console.error(`TELEPORT_BIN: ${error.message}`);
    process.exit(1);
  });
}
