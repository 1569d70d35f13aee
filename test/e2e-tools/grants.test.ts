import { Grants } from '../e2e/grants';

const GRANTS = new Grants(
  [{ Action: ['eks:DescribeCluster', 'eks:ListAddons'], Resource: 'cluster' }, { Action: 'eks:ListAddons', Resource: ['arn:aws:eks:us-east-1:111122223333:cluster/a', 'arn:aws:iam::aws:policy/b'] }, { Action: ['logs:PutLogEvents'], Resource: 'log' }],
  [{ resources: ['pods'], verbs: ['list', 'watch'] }, { resources: ['daemonsets'], resourceNames: ['aws-node'], verbs: ['watch'] }],
);

test('each action of each statement and each verb of each rule is a permission, but for the logs', () => {
  expect(GRANTS.permissions).toEqual([
    { kind: 'IAM', index: 0, action: 'eks:DescribeCluster', on: 'cluster' },
    { kind: 'IAM', index: 0, action: 'eks:ListAddons', on: 'cluster' },
    { kind: 'IAM', index: 1, action: 'eks:ListAddons', on: 'cluster/a, arn:aws:iam::aws:policy/b' },
    { kind: 'RBAC', index: 0, action: 'list', on: 'pods' },
    { kind: 'RBAC', index: 0, action: 'watch', on: 'pods' },
    { kind: 'RBAC', index: 1, action: 'watch', on: 'daemonsets aws-node' },
  ]);
});

const ALL = GRANTS.permissions;

test.each(ALL)('without $action on $on, all others are left', permission => {
  const others = ALL.filter(other => other !== permission).map(({ action, on }) => [action, on]);
  const { statements, rules, permissions } = GRANTS.without(permission);
  expect(permissions.map(({ action, on }) => [action, on])).toEqual(others);
  expect(statements.filter(({ Action }) => Action.length === 0)).toEqual([]);
  expect(rules.filter(({ verbs }) => verbs.length === 0)).toEqual([]);
});
