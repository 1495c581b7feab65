/** `kserve` of an OSCAR service: a model that KServe serves. */
import { flag, integer, list, record, section, text, variable } from '../../../../fdl/schema/field.ts';

const since = 'OSCAR 4.1.0';

const inference = section(
  {
    model_format: text({
      title: 'Model format',
      description: 'Format of the model.',
      examples: ['onnx', 'sklearn', 'xgboost', 'pytorch', 'tensorflow', 'triton', 'huggingface'],
      since,
      public: true,
    }),
    runtime: text({
      title: 'Runtime',
      description: 'Name of the serving runtime of KServe. Without it, KServe chooses one by the format.',
      since,
      public: true,
    }),
  },
  { title: 'Inference', description: 'Settings of type `inference`; the format is required there.', since },
);

const llmInference = section(
  {
    runtime_image: text({
      title: 'Runtime image',
      description: 'Image that serves the model. Without it, OSCAR takes one with vLLM, for CPU or GPU.',
      since,
      public: true,
    }),
  },
  { title: 'LLM inference', description: 'Settings of type `llm_inference`.', since },
);

/** `kserve` of a service. */
export const kserve = section(
  {
    type: text({
      title: 'Type',
      description: '`inference` for an ordinary model, `llm_inference` for a large language model. Required.',
      values: ['inference', 'llm_inference'],
      since,
    }),
    storage_uri: text({
      title: 'Model',
      description: 'Where KServe finds the model. Required.',
      examples: ['hf://Qwen/Qwen2.5-0.5B-Instruct', 'oci://ghcr.io/example/model'],
      since,
      public: true,
    }),
    inference,
    llm_inference: llmInference,
    api_version: text({
      title: 'Protocol version',
      description: 'Version of the inference protocol that the model speaks.',
      default: 'v1',
      values: ['v1', 'v2'],
      since,
    }),
    min_scale: integer({
      title: 'Fewest replicas',
      description: 'Pods that are always running; 0 lets the model sleep. Language models have at least 1.',
      default: 0,
      since,
    }),
    max_scale: integer({
      title: 'Most replicas',
      description: 'Pods that may run at the same time; raised to `min_scale` where it is less.',
      default: 1,
      since,
    }),
    cpu: text({
      title: 'CPU',
      description: 'CPUs of one pod, as a Kubernetes quantity.',
      default: '0.2',
      examples: ['2.0', '500m'],
      since,
      public: true,
    }),
    memory: text({
      title: 'Memory',
      description: 'Memory of one pod, as a Kubernetes quantity.',
      default: '256Mi',
      examples: ['4Gi'],
      since,
      public: true,
    }),
    args: list(text({ title: 'Argument', description: 'One argument.' }), {
      title: 'Arguments',
      description: 'Arguments for the program that serves the model.',
      since,
    }),
    env: record(variable({ title: 'Variable', description: 'Value of one environment variable.' }), {
      title: 'Environment',
      description: 'Environment variables of the program that serves the model. They are stored in plain.',
      since,
    }),
    enable_gpu: flag({ title: 'GPU', description: 'Whether each pod gets a GPU.', default: false, since }),
    set_auth: flag({
      title: 'Authentication',
      description: 'Whether callers must log in.',
      default: true,
      since,
    }),
    model_format: text({
      title: 'Model format',
      description: 'Format of the model, where it stood before the first release.',
      deprecated: 'write `kserve.inference.model_format` instead.',
      public: true,
    }),
  },
  { title: 'KServe', description: 'A model that KServe serves; the cluster must have KServe.', since },
);
