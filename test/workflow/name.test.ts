import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { workflowName } from '../../src/workflow/name.ts';
import { onAws, readText } from '../fdl/read-text.ts';

describe('the name of a workflow', () => {
  test.each([
    ['is the stem of the file', '/x/video.yaml', undefined, undefined, 'video'],
    ['is the folder of a file called workflow', '/x/video/workflow.yaml', undefined, undefined, 'video'],
    ['is the folder of a file called fdl', '/x/video/FDL.yml', undefined, undefined, 'video'],
    ['is the folder of a file called index', '/x/video/index.yaml', undefined, undefined, 'video'],
    ['is what the file says', '/x/video.yaml', 'mine', undefined, 'mine'],
    ['is what the command line says', '/x/video.yaml', 'mine', 'other', 'other'],
    ['is the stem where the file says nothing', '/x/video.yaml', '', '', 'video'],
    ['is the stem where there is no folder', '/workflow.yaml', undefined, undefined, 'workflow'],
    ['keeps letters, digits, "-" and "_"', '/x/a_b-C9.yaml', undefined, undefined, 'a_b-C9'],
    ['has "-" for everything else, but not at its ends', '/x/.yaml', ' Füße & Co. ', undefined, 'F-e-Co'],
    ['keeps all but the last ending', '/x/video.prod.yaml', undefined, undefined, 'video-prod'],
    ['is a word where nothing is left', '/x/video.yaml', '***', undefined, 'workflow'],
    ['fits into a tag of AWS', '/x/video.yaml', 'a'.repeat(500), undefined, 'a'.repeat(128)],
  ])('%s', (_, file, declared, given, expected) => {
    expect(workflowName(file, declared, given)).toBe(expected);
  });

  test('counts a relative path from the working directory', () => {
    const absolute = join(process.cwd(), 'workflow.yaml');
    expect(workflowName('workflow.yaml', undefined)).toBe(workflowName(absolute, undefined));
    expect(workflowName('named/workflow.yaml', undefined)).toBe('named');
  });

  test('comes from the file where it is read', async () => {
    const named = await readText(`name: mine\n${onAws()}`);
    expect(named.workflow?.name).toBe('mine');
    const unnamed = await readText(onAws(), { file: 'workflow.yaml' });
    expect(unnamed.workflow?.name).toBe('flow');
  });
});
