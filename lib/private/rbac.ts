/** A Role in kube-system with these rules, bound to the group of its name. */
export function rbac(name: string, rules: readonly object[]): Record<string, unknown>[] {
  const metadata = { name, namespace: 'kube-system' };
  return [
    { apiVersion: 'rbac.authorization.k8s.io/v1', kind: 'Role', metadata, rules },
    {
      apiVersion: 'rbac.authorization.k8s.io/v1',
      kind: 'RoleBinding',
      metadata,
      roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'Role', name },
      subjects: [{ apiGroup: 'rbac.authorization.k8s.io', kind: 'Group', name }],
    },
  ];
}
