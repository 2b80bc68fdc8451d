/* The points of a scorecard. */
#ifndef NNC_POINTS_H
#define NNC_POINTS_H

#include "cards.h"

/* Find the cards up to the cutoff, which falls with what is found. */
void find_cards(search *s, int is_fixed);

#endif
