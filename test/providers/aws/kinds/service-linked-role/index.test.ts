import { expect, it } from 'vitest';
import { serviceLinkedRoleKind } from '../../../../../src/providers/aws/kinds/service-linked-role/index.ts';
import { type Answer, awsFailure, fakeCall, fakeClients, fakeDeps, SITE } from '../../fake-clients.ts';

const CALL = fakeCall();
const PROPS = { site: SITE, service: 'batch.amazonaws.com', role: 'AWSServiceRoleForBatch' };
const Role = { Arn: 'arn:role' };

/** The role is known after so many questions for it. */
function iam(missing: number, answers: Readonly<Record<string, Answer>> = {}) {
  const GetRole = (_: unknown, before: number) => {
    if (before < missing) throw awsFailure('NoSuchEntityException', 404);
    return { Role };
  };
  const fake = fakeClients({ iam: { GetRole, CreateServiceLinkedRole: {}, ...answers } });
  return { ...fake, kind: serviceLinkedRoleKind(fakeDeps({ clients: fake.clients })) };
}

it('uses the role that the account has', async () => {
  const { kind, calls } = iam(0);
  expect(kind.foreign).toBe('use');
  expect(await kind.read(PROPS, CALL)).toEqual({ owned: false, attrs: { ...PROPS, arn: 'arn:role' } });
  await kind.reconcile(PROPS, CALL);
  expect(calls({ all: false })).toEqual([]);
});

it('makes it where there is none, and waits until IAM knows it', async () => {
  const { kind, inputs } = iam(3);
  expect(await kind.reconcile(PROPS, CALL)).toEqual({ ...PROPS, arn: 'arn:role' });
  expect(inputs('CreateServiceLinkedRole')).toEqual([{ AWSServiceName: 'batch.amazonaws.com' }]);
  expect(inputs('GetRole')).toHaveLength(4);
});

it('does not mind that somebody else just made it, but all else', async () => {
  const refuse = (message: string) => ({
    CreateServiceLinkedRole: () => {
      throw awsFailure('InvalidInputException', 400, message);
    },
  });
  const taken = iam(1, refuse('Service role name AWSServiceRoleForBatch has been taken in this account'));
  expect(await taken.kind.reconcile(PROPS, CALL)).toMatchObject({ arn: 'arn:role' });
  const invalid = iam(1, refuse('no such service'));
  await expect(invalid.kind.reconcile(PROPS, CALL)).rejects.toThrow('no such service');
});

it('is nobody’s to remove', async () => {
  const { kind, calls } = iam(0);
  expect(await kind.list('shop', CALL)).toEqual([]);
  await kind.delete({ ...PROPS, arn: 'arn:role' }, CALL);
  expect(calls()).toEqual([]);
});
