#!/bin/sh
# subtitles: writes down what is said, with the times when it is said.
#
# in   NAME.wav, 16 kHz
# out  NAME.srt
#
# Runs in the image of whisper.cpp, which brings the model base.en along. Another model is downloaded (base: 142 MiB,
# small: 466 MiB) to /tmp, the only folder that a function can write to; it stays there for the next files.
#
# WHISPER_MODEL      the model; those that end in .en know English only
# WHISPER_LANGUAGE   the language that is spoken, or auto
set -eu

name=$(basename "$INPUT_FILE_PATH" .wav)
model=${WHISPER_MODEL:-base.en}
model_file=/app/models/ggml-$model.bin

if [ ! -f "$model_file" ]; then
  model_file=/tmp/ggml-$model.bin
  if [ ! -f "$model_file" ]; then
    # First under another name, so that an interrupted download is not taken for a model.
    curl -fsSL -o "$model_file.part" "https://huggingface.co/ggerganov/whisper.cpp/resolve/main/ggml-$model.bin"
    mv "$model_file.part" "$model_file"
  fi
fi

whisper-cli --model "$model_file" --language "${WHISPER_LANGUAGE:-en}" --threads "$(nproc)" --no-prints \
  --output-srt --output-file "$TMP_OUTPUT_DIR/$name" --file "$INPUT_FILE_PATH"
