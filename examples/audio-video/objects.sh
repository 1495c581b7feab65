#!/bin/sh
# objects: finds objects in a video: people, cars, dogs, chairs and 76 other kinds.
#
# in   NAME.avi
# out  NAME.objects.csv   frame,object,confidence,left,top,right,bottom (pixels): one row for each object in each frame
#      marked/NAME.avi    the video with a labelled box around each object
#
# Runs in the image of Ultralytics, which brings the model YOLO11n along.
#
# YOLO_DEVICE   the number of the GPU (default 0), or cpu. There is no silent fallback: without a GPU the step fails.
set -eu

python3 - << 'END'
import csv
import os
from pathlib import Path

from ultralytics import YOLO

video = Path(os.environ["INPUT_FILE_PATH"])
results = Path(os.environ["TMP_OUTPUT_DIR"])

model = YOLO("/ultralytics/yolo11n.pt")
# stream: one frame in memory at a time. save: the video with boxes, in the folder project/name.
frames = model.predict(
    str(video), stream=True, save=True, project=str(results), name="marked", exist_ok=True,
    device=os.environ.get("YOLO_DEVICE", "0"), verbose=False,
)

number = found = 0
with open(results / f"{video.stem}.objects.csv", "w", newline="") as file:
    rows = csv.writer(file, lineterminator="\n")
    rows.writerow(["frame", "object", "confidence", "left", "top", "right", "bottom"])
    for number, frame in enumerate(frames, start=1):
        for box in frame.boxes:
            corners = [round(pixel) for pixel in box.xyxy[0].tolist()]
            rows.writerow([number, frame.names[int(box.cls)], f"{float(box.conf):.2f}", *corners])
            found += 1

print(f"{video.name}: {found} objects in {number} frames")
END
