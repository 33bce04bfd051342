-- The install script of kpi, made of the files *.sql in src; do not edit.

-- complain if script is sourced in psql, rather than via CREATE EXTENSION
\echo Use "CREATE EXTENSION kpi" to load this file. \quit

