/* Windows over pictures, a picture for each row: convolutions, pools and dense layers. */

#ifndef NNC_WINDOWS_H
#define NNC_WINDOWS_H

#include "arrays.h"

extern PyMethodDef window_functions[];

#endif
