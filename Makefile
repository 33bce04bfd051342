# kpi: make, make install, make installcheck; see README.md

EXTENSION = kpi
KPI_VERSION = $(shell sed -n "s/^default_version = '\(.*\)'/\1/p" $(srcdir)/kpi.control)

MODULE_big = kpi
MODULES_C = outcome vocabulary tally journey share line duration worked money catalogue \
	statistics ratio mix scorecard scorecard_text scorecard_kpi report \
	disposition rollup rollup_expression rollup_cells rollup_check \
	rollup_change rollup_ddl
OBJS = $(MODULES_C:%=src/%.o)

# the install script is these, in this order
SQL_PARTS = src/head.sql src/outcome.sql src/tally.sql src/journey.sql \
	src/share.sql src/line.sql src/duration.sql src/worked.sql src/money.sql src/catalogue.gen.sql \
	src/ratio.sql src/mix.sql src/scorecard.sql src/scorecard.gen.sql src/report.sql \
	src/disposition.sql src/rollup.sql

DATA_built = kpi--$(KPI_VERSION).sql
# the way from each released version to this one
DATA = $(wildcard update/kpi--*.sql)
EXTRA_CLEAN = kpi--*.sql src/*.gen.h src/*.gen.sql src/*.bc

REGRESS = $(patsubst sql/%.sql,%,$(sort $(wildcard sql/*.sql)))
# the labels are French too, and hints look for words alike; whatever the server's own encoding and locale
REGRESS_OPTS = --encoding=UTF8 --no-locale

srcdir ?= .
# the server's headers as system headers: our warnings are about our code
PG_CPPFLAGS = -isystem $(shell $(PG_CONFIG) --includedir-server)
AWK ?= awk

PG_CONFIG ?= pg_config
ifeq ($(shell command -v $(PG_CONFIG) 2>/dev/null),)
$(error $(PG_CONFIG) is not there. kpi builds with PostgreSQL's server headers: on Debian, apt-get install postgresql-server-dev-all; elsewhere, name it with make PG_CONFIG=/path/to/pg_config)
endif
PGXS := $(shell $(PG_CONFIG) --pgxs)
ifeq ($(wildcard $(PGXS)),)
$(error $(PG_CONFIG) names $(PGXS), which is not there. Install the server headers that match it: on Debian, apt-get install postgresql-server-dev-all)
endif
include $(PGXS)

src/catalogue.gen.h: src/catalogue.dat src/catalogue.awk
	$(AWK) -v output=c -f src/catalogue.awk src/catalogue.dat > $@.tmp && mv $@.tmp $@

src/catalogue.gen.sql: src/catalogue.dat src/catalogue.awk
	$(AWK) -v output=sql -f src/catalogue.awk src/catalogue.dat > $@.tmp && mv $@.tmp $@

src/scorecard.gen.sql: src/catalogue.dat src/catalogue.awk
	$(AWK) -v output=card -f src/catalogue.awk src/catalogue.dat > $@.tmp && mv $@.tmp $@

$(OBJS) $(OBJS:.o=.bc): $(wildcard src/*.h)
$(OBJS) $(OBJS:.o=.bc): src/catalogue.gen.h

kpi--$(KPI_VERSION).sql: $(SQL_PARTS)
	cat $(SQL_PARTS) > $@

# What PGXN takes: the last commit's files, without those that .gitattributes
# keeps in the repository.
DIST ?= kpi-$(KPI_VERSION).zip
.PHONY: dist
dist:
	git archive --format=zip --prefix=kpi-$(KPI_VERSION)/ --output=$(DIST) HEAD
