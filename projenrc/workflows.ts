import { type awscdk, Component, github } from 'projen';

/** What titles of pull requests may begin with: they become the commits that versions and changelogs are made from. */
export const TITLES: github.SemanticTitleOptions = {
  types: ['feat', 'fix', 'docs', 'test', 'refactor', 'perf', 'build', 'ci', 'chore', 'revert'],
};

/** What projen pins to a tag, and what it does not know. */
const PINS = {
  'actions/setup-dotnet': 'a98b56852c35b8e3190ac28c8c2271da59106c68', // v6.0.0
  'actions/setup-go': 'b7ad1dad31e06c5925ef5d2fc7ad053ef454303e', // v7.0.0
  'actions/setup-java': '1bcf9fb12cf4aa7d266a90ae39939e61372fe520', // v5.4.0
  'actions/setup-node': '820762786026740c76f36085b0efc47a31fe5020', // v7.0.0
  'actions/setup-python': '5fda3b95a4ea91299a34e894583c3862153e4b97', // v7.0.0
  'github/codeql-action/analyze': 'cdf488f595d80d6e07e03d4674febd5ab45fa938', // v4.37.9
  'github/codeql-action/init': 'cdf488f595d80d6e07e03d4674febd5ab45fa938', // v4.37.9
  'peter-evans/create-pull-request': '5f6978faf089d4d20b00c7766989d076bb2fc7f1', // v8.1.1
};

type Steps = github.workflows.JobStep[];

const CHECKOUT = github.WorkflowSteps.checkout();

/** What the tests need beside what is on a runner. */
export const TOOLCHAIN: Steps = [
  { name: 'Set up Node.js', uses: 'actions/setup-node', with: { 'node-version': '20.20', 'package-manager-cache': false } },
  { name: 'Set up Python', uses: 'actions/setup-python', with: { 'python-version': '3.11' } },
  { name: 'Set up Go', uses: 'actions/setup-go', with: { 'go-version': '1.26', 'cache': false } },
  { name: 'Set up Java', uses: 'actions/setup-java', with: { 'distribution': 'corretto', 'java-version': '17' } },
];

/** Adds the workflows that projen does not bring, and makes the others safer. */
export class Workflows extends Component {
  private readonly github: github.GitHub;

  constructor(project: awscdk.AwsCdkConstructLibrary) {
    super(project);
    this.github = project.github!;
    Object.entries(PINS).forEach(([action, commit]) => this.github.actions.set(action, `${action}@${commit}`));

    this.workflow('ci', { pullRequest: {}, push: { branches: ['main'] } }).addJob('ci', {
      runsOn: ['ubuntu-latest'],
      permissions: { contents: github.workflows.JobPermission.READ },
      timeoutMinutes: 90,
      steps: [CHECKOUT, ...TOOLCHAIN, { name: 'CI', run: '.ci/run' }, { name: 'Audit of the bundles', run: 'npm run audit' }],
    });

    this.workflow('consumers', { pullRequest: {}, push: { branches: ['main'] } }).addJob('consumers', {
      runsOn: ['ubuntu-latest'],
      permissions: { contents: github.workflows.JobPermission.READ },
      steps: [CHECKOUT, ...TOOLCHAIN, { name: 'Install', run: 'npm ci' }, { name: 'Apps in every language', run: 'npm run test:consumers' }],
    });

    this.workflow('codeql', { pullRequest: {}, push: { branches: ['main'] }, schedule: [{ cron: '30 4 * * 1' }] }).addJob('analyze', {
      runsOn: ['ubuntu-latest'],
      permissions: { contents: github.workflows.JobPermission.READ, securityEvents: github.workflows.JobPermission.WRITE },
      strategy: { matrix: { domain: { language: ['javascript-typescript', 'python', 'actions'] } } },
      steps: [
        CHECKOUT,
        { name: 'Initialize', uses: 'github/codeql-action/init', with: { 'languages': '${{ matrix.language }}', 'build-mode': 'none' } },
        { name: 'Analyze', uses: 'github/codeql-action/analyze' },
      ],
    });

    // A title needs no more than to be read.
    const titles = this.github.tryFindWorkflow('pull-request-lint')!;
    titles.file!.addOverride('on.pull_request', { types: ['opened', 'edited', 'reopened', 'synchronize'] });
    titles.file!.addDeletionOverride('on.pull_request_target');
    titles.file!.addOverride('jobs.validate.permissions.pull-requests', 'read');
  }

  /** No step needs the token of a checkout after it. */
  public preSynthesize(): void {
    for (const workflow of this.github.workflows) {
      for (const [id, job] of Object.entries(workflow.jobs)) {
        if ('steps' in job) {
          workflow.updateJob(id, { ...job, steps: withoutToken(job.steps) });
        }
      }
    }
  }

  private workflow(name: string, triggers: github.workflows.Triggers): github.GithubWorkflow {
    const workflow = this.github.addWorkflow(name);
    workflow.on(triggers);
    return workflow;
  }
}

function withoutToken(steps: Steps | (() => Steps)): Steps {
  if (typeof steps === 'function') {
    // Projen resolves it late, its type does not know.
    return (() => withoutToken(steps())) as unknown as Steps;
  }
  return steps.map(step => step.uses?.startsWith('actions/checkout') ? { ...step, with: { ...step.with, 'persist-credentials': false } } : step);
}
