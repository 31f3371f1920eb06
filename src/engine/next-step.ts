/** What to do about a refusal, by the Engine's words for it. */
const STEPS: readonly (readonly [said: RegExp, step: string])[] = [
  [
    /dependent protected clones/,
    'Take their protection off and destroy them first, "dblab clone list" shows them.',
  ],
  [
    /dependent (clones|datasets)/,
    'Destroy those first, or give --force, which destroys them together with the snapshot.',
  ],
  [/has a dependent clone/, 'Destroy the clones of the branch first: "dblab clone list" shows them.'],
  [/is the fork point of/, '"dblab branch" lists the branches.'],
  [/^(snapshot|branch) .* is protected$/, 'Take its protection off first: --protected false.'],
  [/automatic snapshot/, 'The Engine itself replaces it with the next refresh of its pool.'],
  [
    /no snapshot found|invalid snapshot ID|dataset does not exist|pool for requested snapshot/,
    '"dblab snapshot list" shows the snapshots.',
  ],
  [/dataset of the branch|branch not found|invalid branch name/, '"dblab branch" lists the branches.'],
  [/^clone not found$/, '"dblab clone list" shows the clones.'],
  [/pool manager not found/, '"dblab instance status" shows the pools.'],
  [/is currently in progress|pool is not ready/, '"dblab instance status" shows when it is over.'],
  [
    /full refresh not found/,
    'A refresh needs a second pool that no clone uses: "dblab instance status" shows the pools.',
  ],
  [/Retrieval state is pending/, 'Correct the retrieval section of server.yml first.'],
];

/** A sentence behind a space, or nothing where the Engine's words say enough. */
export function nextStep(said: string): string {
  const step = STEPS.find(([pattern]) => pattern.test(said))?.[1];
  return step === undefined ? '' : ` ${step}`;
}
