import { describe } from 'vitest';
import { onAws, onOscar } from '../../fdl/read-text.ts';
import { finds } from './rows.ts';

const aws = (image: string) => onAws().replace('image: busybox', `image: ${image}`);
const noImage = onAws().replace('      container:\n        image: busybox\n', '');
const noScript = '      script: run.sh\n';
const ECR = '974349055189.dkr.ecr.us-east-1.amazonaws.com/mine:1';
/** Runs an image as it is, for every file that arrives. */
const given = () =>
  onAws('input: [{storage_provider: s3, path: bkt/in}]').replace(
    'image: busybox',
    `image: ${ECR}\n        create_image: false`,
  );

describe('what a step runs', () => {
  finds('missing-image', 'cloud', [
    ['a function without a container', noImage, ['3:5'], 'container: {image: …}'],
    ['an empty image', aws('""'), ['3:5']],
    ['a service without an image', onOscar().replace('      image: busybox\n', ''), ['3:5'], '"image:"'],
    ['an image', aws('busybox'), []],
    ['a file in place of an image', onAws().replace('image:', 'image_file:'), []],
  ]);

  finds('image-file-without-effect', undefined, [
    ['alone', onAws().replace('image:', 'image_file:'), []],
    [
      'beside an image',
      onAws().replace('image: busybox', 'image: busybox\n        image_file: a.tar'),
      ['8:21'],
      'Remove one',
    ],
  ]);

  const good = [
    'busybox',
    'busybox:1.37',
    'ghcr.io/owner/name:tag',
    'localhost:5000/a/b__c.d-e',
    '127.0.0.1:5000/a',
    '[::1]:5000/a',
    'Registry.Example.org/a',
    `a@sha256:${'0'.repeat(64)}`,
    `a:b@sha256:${'0'.repeat(64)}`,
    '"  busybox  "',
    '${env:NONE:-busybox}',
    '974349055189.dkr.ecr.us-east-1.amazonaws.com/micafer:latest',
  ];
  const bad = [
    'Busybox',
    'a b',
    'a:',
    'a:b:c',
    'docker://a',
    'https://a/b',
    'a//b',
    '-a',
    'a-',
    'a@sha256:12',
    '<repo>',
    'a:ä',
    '/a',
    'a/',
  ];
  finds('image-name', 'cloud', [
    ...good.map((image) => [`${image} is one`, aws(image), []] as const),
    ...bad.map(
      (image) => [`${image} is none`, aws(`"${image}"`), ['7:16'], 'ghcr.io/owner/name:tag'] as const,
    ),
    ['of a service', onOscar().replace('busybox', 'A'), ['5:14']],
    ['docker:// for InterLink', onOscar('interlink_node_name: a').replace('busybox', 'docker://a/b:c'), []],
    [
      'docker:// and no name for InterLink',
      onOscar('interlink_node_name: a').replace('busybox', 'docker://A'),
      ['5:14'],
    ],
  ]);

  finds('missing-script', 'any', [
    [
      'a service with an input',
      onOscar('input: [{storage_provider: minio, path: bkt/in}]').replace(noScript, ''),
      ['3:5'],
      'Add "script:"',
    ],
    [
      'a function with an input',
      onAws('input: [{storage_provider: s3, path: bkt/in}]').replace('      init_script: run.sh\n', ''),
      ['3:5'],
      'Add "init_script:"',
    ],
    [
      'a model with an input',
      onOscar('kserve: {type: inference}\ninput: [{storage_provider: minio, path: bkt/in}]').replace(
        noScript,
        '',
      ),
      ['3:5'],
    ],
    ['with a script', onOscar('input: [{storage_provider: minio, path: bkt/in}]'), []],
    ['an image that is run as it is', given().replace('      init_script: run.sh\n', ''), []],
    [
      'an image that cannot be run as it is',
      given().replace('      init_script: run.sh\n', '').replace(ECR, 'busybox'),
      ['3:5'],
    ],
  ]);

  finds('script-without-effect', undefined, [
    ['an image that is run as it is', given(), ['5:20'], 'image with the script'],
    ['an image that cannot be run as it is', given().replace(ECR, 'busybox'), []],
  ]);

  finds('missing-script', 'cloud', [
    ['a service without an input', onOscar('expose: {api_port: 80}').replace(noScript, ''), ['3:5']],
    ['a model', onOscar('kserve: {type: inference}').replace(noScript, ''), []],
  ]);

  finds('no-script', undefined, [
    [
      'a function without an input',
      onAws().replace('      init_script: run.sh\n', ''),
      ['3:5'],
      'what a call brings along',
    ],
    ['a function with a script', onAws(), []],
    ['a service', onOscar().replace(noScript, ''), []],
  ]);
});
