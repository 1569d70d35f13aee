import type { Policy, RolePolicies } from '../../../lib/handlers/node-role-policies/role-policies';

/** An account with these roles and policies. */
export interface ContractAccount {
  readonly rolePolicies: RolePolicies;
  /** Of EC2 instances, with `AmazonEKS_CNI_Policy` and the customer's policy attached, and an inline policy `own`. */
  readonly nodeRole: string;
  /** Of functions. */
  readonly functionRole: string;
  /** Allows `ec2:AssignIpv6Addresses`. */
  readonly customerPolicy: string;
}

const CNI_POLICY = 'arn:aws:iam::aws:policy/AmazonEKS_CNI_Policy';
const NOWHERE = 'arn:aws:iam::111122223333:role/nowhere';

/** What the handler relies on, of any implementation of the port. */
export function rolePoliciesContract(given: () => ContractAccount): void {
  const iam = () => given().rolePolicies;
  const namesOf = async () => (await iam().policiesOf(given().nodeRole)).map(({ name }) => name).sort();

  test('a role is found by its ARN', async () => {
    expect(await iam().find(given().nodeRole)).toEqual({ arn: given().nodeRole, tags: {} });
    expect(await iam().find(NOWHERE)).toBeUndefined();
    expect(await iam().find(given().nodeRole.replace(':role/', ':role/elsewhere/'))).toBeUndefined();
  });

  test('the roles of instances are known', async () => {
    const roles = await iam().rolesOfInstances();
    expect(roles).toContain(given().nodeRole);
    expect(roles).not.toContain(given().functionRole);
  });

  test('the policies of a role are read, attached and inline', async () => {
    const policies = await iam().policiesOf(given().nodeRole);
    const byName = new Map<string, Policy>(policies.map(policy => [policy.name, policy]));
    expect([...byName.keys()].sort()).toEqual(['AmazonEKS_CNI_Policy', 'customer', 'own']);
    expect(byName.get('AmazonEKS_CNI_Policy')!.arn).toBe(CNI_POLICY);
    expect(byName.get('AmazonEKS_CNI_Policy')!.statements[0].Action).toContain('ec2:AssignPrivateIpAddresses');
    expect(byName.get('customer')).toMatchObject({ arn: given().customerPolicy, statements: [{ Effect: 'Allow', Action: 'ec2:AssignIpv6Addresses' }] });
    expect(byName.get('own')!.arn).toBeUndefined();
    expect(byName.get('own')!.statements).toMatchObject([{ Effect: 'Allow', Action: 's3:GetObject' }]);
  });

  test('a policy is detached and attached, as often as one likes', async () => {
    for (const policy of [CNI_POLICY, given().customerPolicy]) {
      await iam().detach(given().nodeRole, policy);
      await iam().detach(given().nodeRole, policy);
    }
    expect(await namesOf()).toEqual(['own']);
    for (const policy of [CNI_POLICY, given().customerPolicy]) {
      expect(await iam().attach(given().nodeRole, policy)).toBe(true);
      expect(await iam().attach(given().nodeRole, policy)).toBe(true);
    }
    expect(await namesOf()).toEqual(['AmazonEKS_CNI_Policy', 'customer', 'own']);
  });

  test('what is gone is told', async () => {
    expect(await iam().attach(NOWHERE, CNI_POLICY)).toBe(false);
    expect(await iam().attach(given().nodeRole, given().customerPolicy.replace('customer', 'nowhere'))).toBe(false);
    await iam().detach(NOWHERE, CNI_POLICY);
    await iam().untag(NOWHERE, 'a');
    await expect(iam().tag(NOWHERE, 'a', 'b')).rejects.toThrow(NOWHERE);
  });

  test('tags are set, set anew and removed', async () => {
    const { nodeRole } = given();
    const tags = async () => (await iam().find(nodeRole))!.tags;
    await iam().tag(nodeRole, 'a:1', 'one two:3');
    await iam().tag(nodeRole, 'a:2', 'x');
    await iam().tag(nodeRole, 'a:1', 'two');
    expect(await tags()).toEqual({ 'a:1': 'two', 'a:2': 'x' });
    await iam().untag(nodeRole, 'a:1');
    await iam().untag(nodeRole, 'a:1');
    expect(await tags()).toEqual({ 'a:2': 'x' });
    await iam().untag(nodeRole, 'a:2');
    expect(await tags()).toEqual({});
  });
}
