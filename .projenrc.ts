import { awscdk, javascript, JsonFile, ReleasableCommits } from 'projen';
import { TITLES, TOOLCHAIN, Workflows } from './projenrc/workflows';

const project = new awscdk.AwsCdkConstructLibrary({
  name: 'cdk-vpc-cni-service-account-role',
  description: 'Gives the Amazon VPC CNI plugin of an EKS cluster an IAM role of its own (IRSA), restarts its pods and verifies every container.',
  author: 'cdk-vpc-cni-service-account-role contributors',
  authorAddress: 'cdk-vpc-cni-service-account-role@users.noreply.github.com',
  repositoryUrl: 'https://github.com/cdk-vpc-cni-service-account-role/cdk-vpc-cni-service-account-role.git',
  homepage: 'https://github.com/cdk-vpc-cni-service-account-role/cdk-vpc-cni-service-account-role#readme',
  license: 'Apache-2.0',
  catalog: { announce: false },
  stability: 'experimental',
  defaultReleaseBranch: 'main',
  keywords: ['aws', 'awscdk', 'aws-cdk', 'eks', 'kubernetes', 'vpc-cni', 'aws-node', 'irsa', 'iam'],

  // The first with security groups for kubectl providers.
  cdkVersion: '2.250.0',
  constructsVersion: '10.5.1',
  peerDependencyOptions: { pinnedDevDependency: false },
  jsiiVersion: '~6.0.0',
  typescriptVersion: '~6.0.0',
  minNodeVersion: '20.0.0',
  packageManager: javascript.NodePackageManager.NPM,
  projenrcTs: true,
  sampleCode: false,

  srcdir: 'lib',
  libdir: 'build',
  entrypoint: 'build/index.js',
  // node20 lets CommonJS import the Kubernetes client, which is an ES module.
  tsconfig: { compilerOptions: { module: 'node20' } },
  eslintOptions: { dirs: ['lib'], devdirs: ['test', 'examples', 'local-stack', 'bench'] },

  devDeps: [
    '@aws-cdk/lambda-layer-kubectl-v35',
    '@aws-crypto/sha256-js',
    '@aws-sdk/client-cloudformation',
    '@aws-sdk/client-cloudwatch-logs',
    '@aws-sdk/client-eks',
    '@aws-sdk/client-iam',
    '@aws-sdk/client-lambda',
    '@aws-sdk/client-sts',
    '@cyclonedx/cyclonedx-library@^10',
    '@hpcc-js/wasm-graphviz-cli',
    '@jsii/spec',
    // 2.x needs Node.js 22.
    '@kubernetes/client-node@^1.4.0',
    '@smithy/protocol-http',
    '@smithy/signature-v4',
    '@stryker-mutator/core@^9',
    '@stryker-mutator/jest-runner@^9',
    '@types/aws-lambda',
    '@types/node-forge',
    'aws-cdk@^2',
    'cdk-nag',
    'fast-check',
    'node-forge',
    'p-retry@^7',
    'tsx',
    'vega@^6',
    // 6.5 needs Node.js 22.
    'vega-lite@~6.4.3',
  ],

  jestOptions: {
    updateSnapshot: javascript.UpdateSnapshot.NEVER,
    jestConfig: {
      testPathIgnorePatterns: ['/node_modules/', '<rootDir>/test/e2e/', '<rootDir>/test/package/'],
      coveragePathIgnorePatterns: ['/node_modules/', '/assets/', '/local-stack/'],
      setupFiles: ['<rootDir>/test/no-stack-traces.ts'],
      snapshotSerializers: ['<rootDir>/test/asset-hash-serializer.ts', '<rootDir>/test/framework-runtime-serializer.ts'],
      // Modules that Jest cannot require as they are.
      transform: { '/node_modules/.+\\.js$': new javascript.Transform('<rootDir>/test/es-module.js') },
      transformIgnorePatterns: ['/node_modules/(?!(@kubernetes/client-node|p-retry)/)'],
    },
  },

  lambdaAutoDiscover: false,
  compat: true,
  releaseToNpm: true,
  npmTrustedPublishing: true,
  publishToPypi: {
    distName: 'cdk-vpc-cni-service-account-role',
    module: 'cdk_vpc_cni_service_account_role',
    trustedPublishing: true,
  },
  publishToMaven: {
    mavenGroupId: 'io.github.cdk-vpc-cni-service-account-role',
    mavenArtifactId: 'cdk-vpc-cni-service-account-role',
    javaPackage: 'io.github.cdkvpccni.serviceaccountrole',
    mavenServerId: 'central-ossrh',
  },
  publishToNuget: {
    packageId: 'CdkVpcCniServiceAccountRole',
    dotNetNamespace: 'CdkVpcCniServiceAccountRole',
    trustedPublishing: true,
  },
  publishToGo: {
    moduleName: 'github.com/cdk-vpc-cni-service-account-role/cdk-vpc-cni-service-account-role-go',
    packageName: 'vpccni',
  },
  // 13 needs Node.js 22.
  bumpPackage: 'commit-and-tag-version@^12',
  releasableCommits: ReleasableCommits.featuresAndFixes(),
  jsiiReleaseVersion: '0.2.1061',
  // Reviewers of this environment of the repository let a release go.
  releaseEnvironment: 'release',

  // The oldest that is tested.
  workflowNodeVersion: '20.20',
  // A pull request may come from anybody: its build gets nothing to write with.
  buildWorkflowOptions: { mutableBuild: false },
  pullRequestTemplateContents: [
    '## What and why',
    '',
    'Fixes #',
    '',
    '## How it was tried',
    '',
    '- [ ] A test fails without the change',
    '- [ ] `npm test` passes, and the end-to-end tests that it concerns: `npm run test:e2e -- …`',
    '- [ ] The docs say what changes for the user; tables that tests write are written anew',
  ],
  devContainer: true,
  vscode: true,
  githubOptions: { mergify: false, pullRequestLintOptions: { semanticTitleOptions: TITLES } },
  // What goes out has passed on a cluster.
  postBuildSteps: [
    { name: 'Audit of the bundles', run: 'npm run audit' },
    ...TOOLCHAIN.slice(1),
    { name: 'End-to-end tests', run: 'npm run test:e2e' },
  ],
  depsUpgradeOptions: {
    workflowOptions: { schedule: javascript.UpgradeDependenciesSchedule.WEEKLY },
    // Days: a release that was tampered with tends to be found by then.
    cooldown: 7,
  },
});

const { devContainer, vscode } = project;
devContainer!.addFeatures(
  { name: 'ghcr.io/devcontainers/features/node', version: '20' },
  { name: 'ghcr.io/devcontainers/features/python', version: '3.11' },
  { name: 'ghcr.io/devcontainers/features/go', version: '1.26' },
  { name: 'ghcr.io/devcontainers/features/java', version: '17' },
);
// Projen's types know neither.
const devContainerFile = project.tryFindObjectFile('.devcontainer.json')!;
devContainerFile.addOverride('features.ghcr\\.io/devcontainers/features/java.installMaven', true);
devContainerFile.addOverride('postCreateCommand', 'npm ci');
vscode!.extensions.addRecommendations('dbaeumer.vscode-eslint');
vscode!.settings.addSettings({ 'editor.rulers': [150], 'eslint.useFlatConfig': false, 'files.insertFinalNewline': true });

// The oldest that cdk-nag 3 accepts: test:cdk-versions runs all but its tests with others.
project.addDevDeps('aws-cdk-lib@2.257.0', 'constructs@10.5.1');

// Projen's type knows a threshold for everything only.
project.jest!.config.coverageThreshold = { './lib/handlers/': { lines: 95, branches: 95 } };

// What a handler needs is bundled, or part of the Lambda runtime.
project.eslint?.addOverride({ files: ['lib/handlers/**'], rules: { 'import/no-extraneous-dependencies': ['error', { devDependencies: true }] } });
// There the library is installed from its package, here it is its source.
project.tsconfigDev.file.addOverride('compilerOptions.paths', { [project.name]: ['../lib'] });
project.eslint?.addOverride({ files: ['test/consumers/typescript/**'], rules: { 'import/no-unresolved': ['error', { ignore: [`^${project.name}$`] }] } });
// Of 1.13.0 not every platform's binding is published, so no lock file can be complete.
project.package.addField('overrides', { 'unrs-resolver': '1.12.2' });
project.npmrc.addConfig('omit-lockfile-registry-resolved', 'true');
project.npmignore?.exclude('/build/handlers/', '/cdk.json', '/cdk.out/', '/cdk.context.json', '/docs/**/*.dot', '/docs/recording/demo.txt', '/examples/', '/local-stack/', '/bench/', '/stryker.config.json', '/.stryker-tmp/', '/.ci/', '/.devcontainer.json', '/CONTRIBUTING.md', '/SECURITY.md');
project.gitignore.exclude('/cdk.out/', '/cdk.context.json', '/assets/', '/.stryker-tmp/', '__pycache__/');
project.npmignore?.include('/assets/');
project.tasks.addEnvironment('JSII_SILENCE_WARNING_END_OF_LIFE_NODE_VERSION', '20');

const handlers = ['cluster-identity', 'aws-node'];
// Beside the bundles, not in them: what is in their folders is deployed.
const metafile = (handler: string) => `dist/${handler}.meta.json`;
for (const handler of handlers) {
  project.bundler.addBundle(`lib/handlers/${handler}/index.lambda.ts`, {
    platform: 'node',
    target: 'node24',
    format: 'cjs',
    // Part of the Lambda runtime.
    externals: ['@aws-sdk/*'],
    minify: true,
    keepNames: true,
    watchTask: false,
    esbuildArgs: { '--legal-comments': 'none', '--metafile': metafile(handler) },
  });
}
// In a layer, so that it comes beside CDK's own code.
const layer = 'assets/lib/handlers/kubectl/layer/python';
project.bundler.bundleTask.exec(`mkdir -p ${layer} && cp lib/handlers/kubectl/*.py ${layer}`);
const metafiles = handlers.map(metafile).join(' ');
project.bundler.bundleTask.exec(`tsx projenrc/third-party-licenses.ts THIRD-PARTY-LICENSES.txt ${metafiles}`);
project.bundler.bundleTask.exec(`tsx projenrc/bill-of-materials.ts sbom.cdx.json ${project.name} ${project.package.license} ${metafiles}`);
project.addTask('audit', { description: 'Looks for known weaknesses in what the bundles contain', exec: `tsx projenrc/audit-bundles.ts ${metafiles}` });
project.testTask.prependSpawn(project.bundler.bundleTask);

const diagrams = project.addTask('docs:diagrams', { description: 'Pictures of the docs, from their sources' });
for (const name of ['layout', 'managed-addon', 'node-roles', 'order-of-changes', 'private-clusters', 'rollback', 'rollout', 'update']) {
  diagrams.exec(`wasm-graphviz-cli -T svg docs/diagrams/${name}.dot > docs/diagrams/${name}.svg`);
}
project.postCompileTask.spawn(diagrams);

// Compiles the examples of README.md and of the API as an app would, and translates them for the packages of the other languages.
const examples = 'node_modules/.cache/examples';
project.postCompileTask.exec(`mkdir -p ${examples}/node_modules && ln -sfn ../../../.. ${examples}/node_modules/${project.name}`);
project.postCompileTask.exec(`jsii-rosetta extract --strict --directory ${examples}`);
// jsii-docgen would follow the link round and round.
project.postCompileTask.exec(`rm -r ${examples}`);
project.postCompileTask.prependExec(`rm -rf ${examples}`);
project.gitignore.exclude('.jsii.tabl.json');

project.addTask('demo', { description: 'The main job, shown on the local stack', exec: 'tsx local-stack/demo.ts', receiveArgs: true });
project.addTask('test:e2e', { description: 'End-to-end tests on the local stack', exec: 'jest --config test/e2e/jest.config.json', receiveArgs: true });
project.addTask('test:docs', {
  description: 'Links and commands of the docs, the commands run on the local stack',
  steps: [{ exec: 'jest --coverage=false test/docs.test.ts' }, { exec: 'jest --config test/e2e/jest.config.json docs.e2e migrations.e2e' }],
});
project.addTask('test:cdk-versions', {
  description: 'Unit tests of the construct with the oldest and the newest aws-cdk-lib, or with those that are named',
  exec: 'tsx test/compatibility/cdk-versions.ts',
  receiveArgs: true,
});
project.addTask('test:consumers', {
  description: 'Apps that install the packed library in each language, which must synthesise the same',
  steps: [{ spawn: 'pre-compile' }, { spawn: 'compile' }, { exec: 'tsx test/consumers/consumers.ts', receiveArgs: true }],
});
project.addTask('docs:recording', { description: 'Runs the demo and records it for the README', exec: 'tsx local-stack/recording/record-demo.ts' });
project.addTask('test:mutation', {
  description: 'Mutation tests of lib/: how many faults the unit tests would see',
  steps: [{ spawn: project.bundler.bundleTask.name }, { exec: 'stryker run', receiveArgs: true }],
});
project.addTask('test:workflows', { description: 'Checks the workflows, which run on GitHub only', exec: 'tsx test/workflows/lint.ts' });
project.addTask('test:package', { description: 'Checks the packed library as npm, Construct Hub and a new app see it', exec: 'jest --config test/package/jest.config.json', receiveArgs: true });
project.addTask('facts', { description: 'Renews what the tests know of the VPC CNI plugin from its pinned release', exec: 'tsx test/facts/renew.ts' });
project.addTask('bench', { description: 'Rollouts beside kubectl, start-up and synth, measured on the local stack', exec: 'tsx bench/bench.ts', receiveArgs: true });

// Type-checked by ESLint and by the tests; run by tsx.
for (const folder of ['examples', 'local-stack', 'bench']) {
  new javascript.TypescriptConfig(project, {
    fileName: `${folder}/tsconfig.json`,
    include: ['**/*.ts'],
    exclude: ['node_modules'],
    compilerOptions: { noEmit: true, rootDir: '..' },
  }).addExtends(project.tsconfig!);
}
new JsonFile(project, 'cdk.json', { obj: { app: 'npx projen bundle && npx tsx examples/imported-cluster.ts' } });

new Workflows(project);

project.synth();
