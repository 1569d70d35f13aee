import { FakeRolePolicies } from './fake-role-policies';
import { CNI_POLICY, customerPolicy, inlinePolicy } from './policies';
import { rolePoliciesContract } from './role-policies-contract';

describe('the fake', () => {
  const rolePolicies = new FakeRolePolicies();
  const customer = rolePolicies.addPolicy(customerPolicy('customer', { Effect: 'Allow', Action: 'ec2:AssignIpv6Addresses' }));
  rolePolicies.addPolicy(CNI_POLICY);
  const nodeRole = rolePolicies.addRole('arn:aws:iam::111122223333:role/node', {
    attached: [CNI_POLICY.arn, customer], inline: [inlinePolicy('own', { Effect: 'Allow', Action: 's3:GetObject' })],
  });
  const functionRole = rolePolicies.addRole('arn:aws:iam::111122223333:role/function', { forInstances: false });
  rolePoliciesContract(() => ({ rolePolicies, nodeRole, functionRole, customerPolicy: customer }));
});
