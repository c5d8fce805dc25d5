import type { Check, Workflow } from './supply.ts'

const RELEASE = '.github/workflows/release.yml'

/** How it goes out, and who can meddle. */
export const release: readonly Check[] = [
  {
    what: 'every action is pinned to a commit, and leaves no credentials behind',
    wrong: ({ workflows }) =>
      Object.entries(workflows).flatMap(([file, workflow]) =>
        stepsOf(workflow).flatMap(({ uses = '', with: given = {} }) => [
          ...(uses === '' || /^[\w./-]+@[\da-f]{40}$/.test(uses) ? [] : [`${uses} in ${file}`]),
          ...(uses.startsWith('actions/checkout@') && given['persist-credentials'] !== false
            ? [`a checkout in ${file} leaves its token`]
            : []),
        ]),
      ),
    spoil: [
      changed((it) => it.jobs.release?.steps.push({ uses: 'evil/action@v1' })),
      changed((it) => it.jobs.release?.steps.push({ uses: `actions/checkout@${'0'.repeat(40)}` })),
    ],
  },
  {
    what: 'a workflow may read, and no more unless a job says what for',
    wrong: ({ workflows }) =>
      Object.entries(workflows).flatMap(([file, { permissions, on, jobs }]) => [
        ...(permissions && Object.values(permissions).every((one) => one === 'read')
          ? []
          : [`${file} may ${JSON.stringify(permissions) ?? 'everything'}`]),
        // It would run with our permissions what a stranger has written.
        ...('pull_request_target' in on ? [`${file} runs on pull_request_target`] : []),
        ...(file === RELEASE ? [] : Object.entries(jobs)).flatMap(([name, job]) =>
          job.permissions ? [`${name} in ${file} may ${JSON.stringify(job.permissions)}`] : [],
        ),
      ]),
    spoil: [
      changed((it) => Object.assign(it, { permissions: undefined })),
      changed((it) => Object.assign(it, { permissions: { contents: 'write' } })),
      changed((it) => Object.assign(it.on, { pull_request_target: null })),
    ],
  },
  {
    what: 'a release carries its provenance, from this repository alone',
    wrong({ workflows }) {
      const { on = {}, jobs = {} } = workflows[RELEASE] ?? {}
      const { if: when = '', permissions = {}, steps = [] } = jobs.release ?? {}
      const publishes = steps.filter(({ with: given = {} }) => 'publish-script' in given)
      return [
        ...(permissions['id-token'] === 'write' ? [] : ['it has no identity to show']),
        ...(publishes.length === 1 ? [] : [`${publishes.length} steps publish`]),
        ...publishes.flatMap(({ env }) =>
          env?.PNPM_CONFIG_PROVENANCE === 'true' ? [] : ['it asks for no provenance'],
        ),
        ...(when.includes("github.repository == 'countersign-auth/countersign'") &&
        when.includes("github.ref == 'refs/heads/main'")
          ? []
          : ['it runs elsewhere, too']),
        ...(JSON.stringify(on) === '{"push":{"branches":["main"]}}' ? [] : ['it has other causes']),
      ]
    },
    spoil: [
      ({ workflows }) => delete workflows[RELEASE],
      changed((it) => Object.assign(it.jobs.release ?? {}, { permissions: {} })),
      changed((it) => it.jobs.release?.steps.forEach((step) => Object.assign(step, { env: {} }))),
      changed((it) => Object.assign(it.jobs.release ?? {}, { if: undefined })),
      changed((it) => Object.assign(it.on, { workflow_dispatch: null })),
    ],
  },
  {
    what: 'a release knows no secret, and installs what the lockfile pins',
    wrong({ workflows }) {
      const { [RELEASE]: workflow } = workflows
      const installs = workflow ? stepsOf(workflow).flatMap(({ run = '' }) => run) : []
      return [
        ...[...JSON.stringify(workflows).matchAll(/secrets\b[.[]\W*(\w+)/g)].map(
          ([, name]) => `${name}`,
        ),
        ...(installs.some((run) => run.includes('install --frozen-lockfile'))
          ? []
          : ['it installs something else']),
      ]
    },
    spoil: [
      changed((it) => it.jobs.release?.steps.push({ env: { T: '${{ secrets.NPM_TOKEN }}' } })),
      changed((it) => it.jobs.release?.steps.push({ env: { T: "${{ secrets['NPM_TOKEN'] }}" } })),
      changed((it) => it.jobs.release?.steps.splice(0)),
    ],
  },
]

const stepsOf = ({ jobs }: Workflow) => Object.values(jobs).flatMap(({ steps }) => steps)

function changed(change: (it: Workflow) => unknown): Check['spoil'][number] {
  return ({ workflows }) => {
    const it = workflows[RELEASE]
    if (it) change(it)
  }
}
