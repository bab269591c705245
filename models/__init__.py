"""What is learned, judged or simulated: numpy, pandas, scikit-learn, LightGBM; no Spark, no files, no MLflow."""

import os

# OpenMP threads that wait for each other in a busy loop take twenty times as long where other processes want the cores
# too (measured: 18 s against 0.9 s for 98 trees on 2 shared cores). It is read when LightGBM is loaded: so, here.
os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
