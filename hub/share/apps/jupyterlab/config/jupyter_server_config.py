# fairway_time_left.py lies beside this file. A path of this process alone: PYTHONPATH would reach the kernels, too.
import os
import sys

sys.path.append(os.path.dirname(os.path.abspath(__file__)))
